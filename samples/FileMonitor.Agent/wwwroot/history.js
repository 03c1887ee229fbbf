import { askJson } from './agent.js';
import { element, renderWhenChanged, safe } from './dom.js';
import { formatMinute, formatTime, plural } from './format.js';
import { addressOf } from './place.js';
import { monitorName } from './words.js';

// Each state has a word and a pattern of its own: nobody has to see colours.
const states = {
  Watched: { words: 'watched', level: 'good' },
  Starting: { words: 'starting', level: 'quiet' },
  Gap: { words: 'something may be missing', level: 'warning' },
  RootLost: { words: 'root lost', level: 'bad' },
  NotRunning: { words: 'not running', level: 'off' },
  Unknown: { words: 'not known', level: 'unknown' },
};

const shown = 4;

export const stateWords = state => states[state]?.words ?? state;

/** "watched 23 hours 12 minutes, root lost 48 minutes": how long each state lasted, the longest first. */
export function sumWords(segments) {
  const sums = new Map();
  for (const { state, from, to } of segments) {
    sums.set(state, (sums.get(state) ?? 0) + (new Date(to) - new Date(from)));
  }

  return [...sums].sort(([, one], [, other]) => other - one).map(([state, length]) => `${stateWords(state)} ${lengthWords(length)}`).join(', ');
}

/** "40 seconds", "12 minutes", "3 hours 5 minutes". */
export function lengthWords(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  if (milliseconds < 60_000) {
    return plural(Math.max(1, Math.round(milliseconds / 1000)), 'second');
  }

  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 && plural(hours, 'hour'), rest > 0 && plural(rest, 'minute')].filter(Boolean).join(' ');
}

/** A strip for each monitor, and what is in it as a list of words. */
export class HistoryView {
  #container;
  #hours;
  #opened = new Set();
  #last = null;

  constructor(container, hours) {
    this.#container = container;
    this.#hours = hours;
  }

  async refresh(signal) {
    this.#last = await askJson(`/api/history?hours=${this.#hours}`, signal);
    this.#show();
    return this.#last.monitors.every(monitor => monitor.isRead);
  }

  clear() {
    this.#last = null;
    this.#opened.clear();
    this.#container.signature = undefined;
    this.#container.replaceChildren();
  }

  #show() {
    // To the minute: a strip that is painted anew all the time cannot be pointed at.
    const minute = time => Math.floor(new Date(time) / 60_000);
    const signature = [[...this.#opened], this.#last.monitors.map(one => [one.name, one.isRead, one.problem, one.segments.map(({ from, to, state, detail }) => [minute(from), minute(to), state, detail])])];
    renderWhenChanged(this.#container, signature, () => this.#last.monitors.map(monitor => this.#row(monitor)));
  }

  #row({ name, isRead, problem, segments }) {
    // A start of some seconds is no news.
    const isNews = one => one.state !== 'Watched' && (one.state !== 'Starting' || new Date(one.to) - new Date(one.from) > 60_000);
    const all = segments.filter(isNews).reverse();
    const isOpened = this.#opened.has(name);
    const listed = isOpened ? all : all.slice(0, shown);
    const title = monitorName(name);
    return element('div', { class: 'history' },
      element('h3', {}, safe(title)),
      strip(segments),
      this.#axis(),
      element('p', { class: 'total' }, segments.length > 0 ? `Last ${this.#hours} hours: ${sumWords(segments)}.` : 'Nothing is known yet.', !isRead && ' The journal is still being read.', problem && [' ', safe(problem)]),
      all.length > 0 && element('ul', { 'aria-label': 'Times in which not all was watched, the latest first' }, listed.map(one => this.#item(name, one))),
      all.length > shown && element('button', { type: 'button', class: 'more', 'aria-expanded': String(isOpened), onclick: () => this.#toggle(name) }, isOpened ? 'Show fewer' : `Show all ${all.length}`));
  }

  #item(monitor, { from, to, state, detail }) {
    const { words, level } = states[state] ?? { words: state, level: 'unknown' };
    const isNow = new Date(to) >= new Date(this.#last.to);
    return element('li', {},
      element('span', { class: 'swatch', 'data-level': level, 'aria-hidden': 'true' }),
      element('span', {},
        element('time', { datetime: from }, formatTime(from)), ' to ', isNow ? 'now' : element('time', { datetime: to }, formatTime(to)), ': ',
        element('strong', {}, words), detail && ['. ', safe(detail)],
        state !== 'Unknown' && state !== 'NotRunning' && [' ', element('a', { href: addressOf({ view: 'search', search: { monitor, from, to } }), 'data-place': true }, 'Events')]));
  }

  #axis() {
    const [from, to] = [new Date(this.#last.from) / 1000, new Date(this.#last.to) / 1000];
    const marks = [0, 0.25, 0.5, 0.75, 1].map(part => formatMinute(from + (to - from) * part));
    return element('p', { class: 'axis', 'aria-hidden': 'true' }, marks.map(mark => element('span', {}, mark)));
  }

  #toggle(name) {
    this.#opened.has(name) ? this.#opened.delete(name) : this.#opened.add(name);
    this.#show();
    this.#container.querySelectorAll('.history')[this.#last.monitors.findIndex(one => one.name === name)]?.querySelector('button')?.focus();
  }
}

/** Only to be looked at: the list beside it says the same. Widths are set as properties, since the page allows no styles in its markup. */
function strip(segments) {
  const bar = element('div', { class: 'strip', 'aria-hidden': 'true' });
  for (const { from, to, state, detail } of segments) {
    const part = element('span', { 'data-level': states[state]?.level ?? 'unknown', title: `${formatTime(from)} to ${formatTime(to)}: ${stateWords(state)}` });
    part.style.flexGrow = Math.max(1, new Date(to) - new Date(from));
    if (detail !== undefined && state !== 'Watched') {
      part.classList.add('marked');
    }

    bar.append(part);
  }

  return bar;
}
