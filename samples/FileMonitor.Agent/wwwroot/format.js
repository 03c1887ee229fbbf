// Numbers, sizes and times as people read them.

const counts = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const fullDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const formatCount = number => counts.format(number);

export const formatCompact = number => compact.format(number);

/** "1 root", "3 roots". */
export function plural(number, one, many = `${one}s`) {
  return `${formatCount(number)} ${number === 1 ? one : many}`;
}

export function formatBytes(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  let number = bytes;
  // 1023.95 would be shown as 1024.0 of the smaller unit.
  while (number >= (unit === 0 ? 1024 : 1023.95) && unit < units.length - 1) {
    number /= 1024;
    unit++;
  }

  return unit === 0 ? `${bytes} B` : `${number.toFixed(1)} ${units[unit]}`;
}

export function formatMilliseconds(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) {
    return 'none';
  }

  if (milliseconds >= 1000) {
    return `${+(milliseconds / 1000).toPrecision(3)} s`;
  }

  return `${milliseconds >= 10 ? Math.round(milliseconds) : +milliseconds.toPrecision(2)} ms`;
}

/** The time of day; with the day when it is not today's. */
export function formatTime(iso, now = new Date()) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) {
    return '';
  }

  return time.toDateString() === now.toDateString() ? clock.format(time) : `${day.format(time)} ${clock.format(time)}`;
}

/** The day and the time of day, with the year. */
export function formatDateTime(iso) {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? '' : `${fullDay.format(time)} ${clock.format(time)}`;
}

export const formatMinute = unixSeconds => shortClock.format(new Date(unixSeconds * 1000));

export const formatSecond = unixSeconds => clock.format(new Date(unixSeconds * 1000));

/** "just now", "40 seconds", "3 minutes", "2 hours", "5 days". */
export function formatAge(iso, now = new Date()) {
  const seconds = Math.round((now - new Date(iso)) / 1000);
  if (!(seconds >= 2)) {
    return 'just now';
  }

  const [length, unit] = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']].find(([size]) => seconds >= size);
  return `${plural(Math.floor(seconds / length), unit)} ago`;
}
