import { formatCount, plural } from './format.js';
import { setText } from './dom.js';
import { EventRow } from './event-row.js';

const kept = 500;
const shortestPause = 100;

/**
 * The latest events, newest first. A storm of 50,000 must not freeze the tab: what comes in is only put aside, and painted between
 * frames; of what came meanwhile only the rows that stay are made at all.
 */
export class EventsView {
  #table;
  #body;
  #pause;
  #count;
  #empty;
  #announce;
  #runOf;
  #needle = '';
  #rows = [];
  #arrived = [];
  #unseen = 0;
  #isPaused = false;
  #isPlanned = false;
  #nextPaint = 0;

  /** runOf: when the monitor of a name ran before, and when the agent started: { lastRan, startedAt }, as far as it is known. */
  constructor({ table, filter, pause, count, empty, announce, runOf = () => ({}) }) {
    this.#table = table;
    this.#body = table.tBodies[0];
    this.#pause = pause;
    this.#count = count;
    this.#empty = empty;
    this.#announce = announce;
    this.#runOf = runOf;
    pause.addEventListener('click', () => this.#togglePause());
    filter.addEventListener('input', () => this.#filter(filter.value));
    filter.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        filter.value = '';
        this.#filter('');
      }
    });
  }

  /** event: { event, data } of the stream, not parsed yet: most of a storm never has to be. */
  add(event) {
    this.#arrived.push(event);
    this.#unseen++;
    if (this.#arrived.length >= 2 * kept) {
      this.#arrived = this.#arrived.slice(-kept);
    }

    this.#plan();
  }

  clear() {
    this.#rows.forEach(row => row.remove());
    this.#rows = [];
    this.#arrived = [];
    this.#unseen = 0;
    this.#showCount();
  }

  #plan() {
    if (!this.#isPlanned) {
      this.#isPlanned = true;
      requestAnimationFrame(now => this.#paint(now));
    }
  }

  #paint(now) {
    this.#isPlanned = false;
    if (this.#isPaused) {
      this.#showPause();
    } else if (now < this.#nextPaint) {
      this.#plan();
    } else {
      const began = performance.now();
      this.#takeArrived();
      // The browser lays out and paints after us: leave it as much time as it took, and more.
      requestAnimationFrame(() => this.#nextPaint = began + Math.max(shortestPause, 3 * (performance.now() - began)));
    }
  }

  #takeArrived() {
    const rows = this.#arrived.slice(-kept).reverse().map(event => new EventRow(event, this.#runOf));
    this.#arrived = [];
    this.#unseen = 0;
    for (const row of rows) {
      row.isShown = row.matches(this.#needle);
      if (row.hasActor) {
        this.#table.classList.add('with-actors');
      }
    }

    this.#body.prepend(...rows.map(row => row.node));
    this.#rows = [...rows, ...this.#rows];
    this.#rows.splice(kept).forEach(row => row.remove());
    this.#showCount();
  }

  #filter(text) {
    this.#needle = text.trim().toLowerCase();
    for (const row of this.#rows) {
      row.isShown = row.matches(this.#needle);
    }

    this.#showCount();
    this.#announce(this.#count.textContent);
  }

  #togglePause() {
    this.#isPaused = !this.#isPaused;
    this.#pause.setAttribute('aria-pressed', String(this.#isPaused));
    this.#showPause();
    this.#plan();
  }

  #showPause() {
    setText(this.#pause, !this.#isPaused ? 'Pause' : this.#unseen === 0 ? 'Resume' : `Resume (${formatCount(this.#unseen)} new)`);
  }

  #showCount() {
    const shown = this.#needle === '' ? this.#rows.length : this.#rows.filter(row => !row.node.hidden).length;
    setText(this.#count, this.#needle === ''
      ? this.#rows.length >= kept ? `The latest ${kept}` : plural(shown, 'event')
      : `${formatCount(shown)} of ${plural(this.#rows.length, 'event')}`);
    this.#empty.hidden = shown > 0;
    setText(this.#empty, this.#rows.length === 0 ? 'No events yet. Change a file below a root, and it appears here.' : 'No event matches the filter.');
    this.#showPause();
  }
}
