import { formatAge, formatTime, plural } from './format.js';
import { plain } from './names.js';
import { causeWords, monitorName } from './words.js';

// How many settings the line names.
const mostNamed = 5;

/** The overall state in plain words: { level: good|warning|bad|unknown, headline, line }. */
export function verdictOf(status) {
  const monitors = status.monitors ?? [];
  if (monitors.length === 0) {
    return { level: 'warning', headline: 'Nothing is watched', line: 'No monitor is configured. Add one to the section FileMonitor:Monitors.' };
  }

  const troubled = monitors.filter(monitor => monitor.status !== 'Healthy');
  const gaps = monitors.reduce((sum, monitor) => sum + (monitor.openGaps?.length ?? 0), 0);
  if (troubled.length > 0 && troubled.every(monitor => monitor.state === 'Starting' || monitor.state === 'Created')) {
    return { level: 'warning', headline: 'Starting', line: `${watched(monitors)} What is there is being read.` };
  }

  if (status.status === 'Unhealthy') {
    const broken = monitors.filter(monitor => monitor.status === 'Unhealthy');
    return { level: 'bad', headline: 'Not working', line: worst(broken, monitors.length, 'not working') };
  }

  if (gaps > 0) {
    const line = gaps === 1 ? onlyGap(monitors.flatMap(monitor => monitor.openGaps)[0]) : `${plural(gaps, 'gap')} are open; see below.`;
    return { level: 'warning', headline: 'Something may be missing', line };
  }

  const refused = status.agent?.refusedConfiguration;
  if (status.status !== 'Healthy' || troubled.length > 0) {
    const line = [(troubled.length > 0 || !refused) && worst(troubled, monitors.length, 'in need of attention'), refused?.description].filter(Boolean).join(' ');
    return { level: 'warning', headline: 'Needs attention', line };
  }

  const waiting = status.agent?.waitingSettings ?? [];
  if (waiting.length > 0) {
    const line = `${watched(monitors)} What was changed in the configuration waits for the next start: ${plain(waiting.slice(0, mostNamed).join(', '))}${waiting.length > mostNamed ? ` and ${waiting.length - mostNamed} more` : ''}.`;
    return { ...verdictOfBefore(monitors) ?? { level: 'good', headline: 'All is well' }, line };
  }

  return verdictOfBefore(monitors) ?? { level: 'good', headline: 'All is well', line: watched(monitors) };
}

/** What to say when all is well now, but not all is known of the time before this start; null when it is. The worst first. */
function verdictOfBefore(monitors) {
  const before = (...words) => monitors.filter(monitor => words.includes(monitor.restart?.knowledge));
  const of = ([first]) => `${monitors.length > 1 ? `${monitorName(first.name)}: ` : ''}${first.restart.summary}`;
  const [lost, comparing, unknown] = [before('Lost'), before('Comparing', 'Opening'), before('FirstStart', 'NotKept')];
  if (lost.length > 0) {
    return { level: 'warning', headline: 'Something may be missing', line: of(lost) };
  }

  if (comparing.length > 0) {
    return { level: 'warning', headline: 'Comparing with the last run', line: of(comparing) };
  }

  return unknown.length > 0 ? { level: 'good', headline: 'Well since the start', line: `${watched(monitors)} ${of(unknown)}` } : null;
}

/** What to say when the agent gives no answer: what is on the page is old, and green would be a lie. */
export function verdictWithoutAnswer(lastAnswer, now = new Date()) {
  const line = lastAnswer
    ? `What you see below is from ${formatAge(lastAnswer, now)}. Look whether the agent runs, and whether this machine reaches it.`
    : 'Look whether the agent runs, and whether this machine reaches it.';
  return { level: 'unknown', headline: 'The agent does not answer', line };
}

/** "2 monitors watch 3 roots, 12,345 items." */
export function watched(monitors) {
  const roots = monitors.reduce((sum, monitor) => sum + (monitor.roots?.length ?? 0), 0);
  const items = monitors.reduce((sum, monitor) => sum + (monitor.knownItems ?? 0), 0);
  const verb = monitors.length === 1 ? 'watches' : 'watch';
  return `${plural(monitors.length, 'monitor')} ${verb} ${plural(roots, 'root')}, ${plural(items, 'item')}.`;
}

/** What is not well and what to do about it, one text each, the worst first: the words of the health check. */
export function findingsOf(monitor) {
  if (monitor.status === 'Healthy') {
    return [];
  }

  return monitor.findings?.length ? monitor.findings : [monitor.description].filter(Boolean);
}

/** Where something may be missing. */
export const placeOf = gap => gap.relativePath ? `${gap.root}/${gap.relativePath}` : gap.root;

function worst(monitors, all, words) {
  const [first] = monitors;
  if (monitors.length !== 1) {
    return first ? `${monitors.length} of ${plural(all, 'monitor')} are ${words}; see below.` : 'See below.';
  }

  const [finding, ...others] = findingsOf(first);
  return `${monitorName(first.name)}: ${finding ?? `${words}.`}${others.length > 0 ? ` And ${others.length} more, see below.` : ''}`;
}

function onlyGap(gap) {
  return `Below ${placeOf(gap)} since ${formatTime(gap.since)}: ${causeWords(gap.cause)}. What you have of it may be old until the gap is closed.`;
}
