import { formatCount, plural } from './format.js';
import { setText } from './dom.js';
import { EventRow } from './event-row.js';
import { most, StormRow, StormWatch } from './storms.js';

const kept = 500;
const shortestPause = 100;

/**
 * The latest events, newest first. Many of one kind in one directory are one row. A storm of 50,000 must not freeze the tab: what comes in is only put aside, and painted between
 * frames; of what came meanwhile only the rows that stay are made at all.
 */
export class EventsView {
  #table;
  #body;
  #pause;
  #count;
  #empty;
  #announce;
  #tools;
  #storms = new StormWatch();
  #needle = '';
  #rows = [];
  #arrived = [];
  #unseen = 0;
  #isPaused = false;
  #isPlanned = false;
  #nextPaint = 0;

  /** open: shows the details of an event. */
  constructor({ table, filter, pause, count, empty, announce, open = () => {} }) {
    this.#table = table;
    this.#body = table.tBodies[0];
    this.#pause = pause;
    this.#count = count;
    this.#empty = empty;
    this.#announce = announce;
    this.#tools = { open };
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
    const item = { raw: event, row: null, isFolded: false };
    const group = this.#storms.add(item);
    this.#unseen++;
    if (group?.storm) {
      group.storm.add(event);
    } else {
      this.#arrived.push(item);
      group?.items.push(item);
      if (group && group.count > most) {
        this.#fold(group);
      }
    }

    if (this.#arrived.length >= 2 * kept) {
      this.#arrived = this.#arrived.slice(-kept);
    }

    this.#plan();
  }

  /** What was shown one by one becomes one row, in the place of the latest. */
  #fold(group) {
    group.storm = new StormRow(group.items.map(item => item.raw), this.#tools);
    for (const item of group.items) {
      item.isFolded = true;
      if (item.row) {
        item.row.remove();
        this.#rows.splice(this.#rows.indexOf(item.row), 1);
      }
    }

    group.items = [];
    this.#arrived = this.#arrived.filter(item => !item.isFolded);
    this.#arrived.push({ raw: null, row: group.storm, isFolded: false });
  }

  clear() {
    this.#rows.forEach(row => row.remove());
    this.#rows = [];
    this.#arrived = [];
    this.#unseen = 0;
    this.#storms.clear();
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
    const rows = this.#arrived.slice(-kept).reverse().map(item => item.row ??= new EventRow(item.raw, this.#tools));
    this.#arrived = [];
    this.#unseen = 0;
    this.#body.prepend(...rows.map(row => row.node));
    this.#rows = [...rows, ...this.#rows];
    this.#rows.splice(kept).forEach(row => row.remove());
    const storms = this.#rows.filter(row => row.isStale);
    storms.forEach(storm => storm.paint());
    for (const row of new Set([...rows, ...storms])) {
      row.isShown = row.matches(this.#needle);
      if (row.hasActor) {
        this.#table.classList.add('with-actors');
      }
    }

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
    const sizeOf = rows => rows.reduce((sum, row) => sum + (row.size ?? 1), 0);
    const all = sizeOf(this.#rows);
    const shown = this.#needle === '' ? all : sizeOf(this.#rows.filter(row => !row.node.hidden));
    setText(this.#count, this.#needle === ''
      ? this.#rows.length >= kept ? `The latest ${formatCount(all)}` : plural(shown, 'event')
      : `${formatCount(shown)} of ${plural(all, 'event')}`);
    this.#empty.hidden = shown > 0;
    setText(this.#empty, this.#rows.length === 0 ? 'No events yet. Change a file below a root, and it appears here.' : 'No event matches the filter.');
    this.#showPause();
  }
}
