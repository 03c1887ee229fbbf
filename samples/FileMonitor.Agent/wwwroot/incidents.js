import { askJson } from './agent.js';
import { element, pathNode, renderWhenChanged, safe } from './dom.js';
import { formatTime, plural } from './format.js';
import { addressOf } from './place.js';
import { placeOf } from './verdict.js';
import { causeWords, monitorName } from './words.js';

const kinds = {
  Gap: 'Something may be missing',
  RootLost: 'A root was lost',
  StateLost: 'The state of the runs before was lost',
  RunEnded: 'The agent ended without a stop',
  SinkFailing: 'A sink did not take events',
  StoreProblem: 'The state could not be written',
  AnchorFailing: 'The anchor did not take a checkpoint',
  JournalWrong: 'The journal is not what was written',
  JournalNotVerified: 'The journal could not be verified',
  ConsumerHeld: 'A consumer of the journal cannot go on',
  Faulted: 'A defect ended the monitor',
};

const ends = { Open: 'still open', Closed: 'over', RunEnded: 'open until its run ended', Moment: 'one moment' };
const shown = 5;
const around = 60_000;

/** What went wrong, the open ones first; what is over stays. */
export class IncidentsView {
  #container;
  #title;
  #hours;
  #open;
  #isOpened = false;
  #last = null;

  /** open: shows the details of an event. */
  constructor({ container, title, hours, open }) {
    this.#container = container;
    this.#title = title;
    this.#hours = hours;
    this.#open = open;
  }

  async refresh(signal) {
    this.#last = await askJson(`/api/incidents?hours=${this.#hours}`, signal);
    this.#show();
    return this.#last.isRead;
  }

  clear() {
    this.#last = null;
    this.#container.signature = undefined;
    this.#container.replaceChildren();
    this.#title.textContent = '';
  }

  #show() {
    const { incidents, isRead, isAtLeast } = this.#last;
    const open = incidents.filter(one => one.end === 'Open').length;
    this.#title.textContent = incidents.length === 0 ? '' : `${isAtLeast ? 'more than ' : ''}${plural(incidents.length, 'incident')}, ${open} open`;
    renderWhenChanged(this.#container, [incidents, isRead, this.#isOpened], () => incidents.length === 0
      ? element('p', { class: 'quiet' }, isRead ? `Nothing that is known of the last ${this.#hours} hours needs somebody.` : 'The journal is still being read.')
      : [
        element('ul', { 'aria-label': 'Incidents, the open ones first' }, (this.#isOpened ? incidents : incidents.slice(0, shown)).map(one => this.#item(one))),
        incidents.length > shown && element('button', { type: 'button', class: 'more', 'aria-expanded': String(this.#isOpened), onclick: () => this.#toggle() }, this.#isOpened ? 'Show fewer' : `Show all ${incidents.length}`),
      ].filter(Boolean));
  }

  #item(one) {
    const isOpen = one.end === 'Open';
    return element('li', { class: 'incident', 'data-level': isOpen ? 'bad' : 'quiet' },
      element('span', { class: 'shape', 'aria-hidden': 'true' }, isOpen ? '!' : '✓'),
      element('div', {},
        element('p', {}, element('strong', {}, kinds[one.kind] ?? one.kind), one.cause && one.kind === 'Gap' && `: ${causeWords(one.cause)}`, one.subject && one.kind !== 'Gap' && one.kind !== 'RootLost' && one.kind !== 'StateLost' && [': ', safe(one.subject)]),
        element('p', { class: 'when' }, safe(monitorName(one.monitor)), ', ', element('time', { datetime: one.since }, formatTime(one.since)), whenWords(one), `; ${ends[one.end] ?? one.end}`, !one.isKept && '; not kept over a restart'),
        one.root && element('p', {}, pathNode(placeOf(one))),
        one.detail && element('p', { class: 'words' }, safe(one.detail)),
        element('p', { class: 'links' },
          one.sequence && element('button', { type: 'button', class: 'link', onclick: () => this.#open({ monitor: one.monitor, sequence: one.sequence, id: one.eventId }) }, 'The event'),
          element('a', { href: addressOf({ view: 'search', search: { monitor: one.monitor, from: shifted(one.since, -around), to: shifted(one.until ?? new Date(), around) } }), 'data-place': true }, 'Events of that time'))));
  }

  #toggle() {
    this.#isOpened = !this.#isOpened;
    this.#show();
    this.#container.querySelector(':scope > button')?.focus();
  }
}

const whenWords = ({ until, end }) => end === 'Moment' ? '' : until ? [' to ', element('time', { datetime: until }, formatTime(until))] : ' until now';

// To the second, as the fields of the search have it.
const shifted = (time, milliseconds) => new Date(Math.floor((new Date(time).getTime() + milliseconds) / 1000) * 1000).toISOString().replace('.000Z', 'Z');
