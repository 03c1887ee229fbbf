import { element, pathNode } from './dom.js';
import { EventRow } from './event-row.js';
import { formatCount, formatTime } from './format.js';
import { plain } from './names.js';
import { addressOf } from './place.js';
import { foundWords, kindOf } from './words.js';

// So many changes of one kind in one directory, each within this time of the one before, become one row.
export const most = 25;
const pause = 10_000;
const keptOfStorm = 500;

const folded = new Set(['Created', 'Modified', 'Deleted', 'Renamed', 'AttributesChanged', 'ChecksumUpdated', 'Baseline']);

/** Of an event that has not been parsed yet: what it has in common with others of its storm, and when it was told. Null for what is never folded. */
export function likeness({ event, data }) {
  const kind = /"kind":"(\w+)"/.exec(data)?.[1];
  const path = /"path":"((?:[^"\\]|\\.)*)"/.exec(data)?.[1];
  if (event === 'missed' || path === undefined || !folded.has(kind)) {
    return null;
  }

  const directory = path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\\\')));
  const monitor = /"monitor":"((?:[^"\\]|\\.)*)"/.exec(data)?.[1];
  // How a change that was made while nobody watched was found matters; for the others it is mostly a matter of how fast they came.
  const isOffline = data.includes('"origin":"Offline"');
  const toldAt = Date.parse(/"emittedAt":"([^"]+)"/.exec(data)?.[1]);
  return { key: `${kind}\n${isOffline}\n${monitor}\n${directory}`, toldAt: Number.isNaN(toldAt) ? 0 : toldAt };
}

/** Sees which events belong together. */
export class StormWatch {
  #groups = new Map();

  /** The group that an item now belongs to: { items, count, storm }; null for what is never folded. */
  add(item) {
    const like = likeness(item.raw);
    if (like === null) {
      return null;
    }

    let group = this.#groups.get(like.key);
    if (!group || Math.abs(like.toldAt - group.toldAt) > pause) {
      this.#groups.delete(like.key);
      this.#groups.set(like.key, group = { items: [], count: 0, storm: null, toldAt: 0 });
      if (this.#groups.size > 1_000) {
        this.#groups.delete(this.#groups.keys().next().value);
      }
    }

    group.toldAt = like.toldAt;
    group.count++;
    return group;
  }

  clear() {
    this.#groups.clear();
  }
}

/** Many events as one row, which opens to the latest of them. */
export class StormRow {
  #raws = [];
  #count = 0;
  #first;
  #last = null;
  #tools;
  #rows = [];
  #needle = '';
  #isOpen = false;
  #time = element('td', { class: 'time', role: 'cell', 'data-label': 'Time' });
  #words = element('strong');
  #button = element('button', { type: 'button', class: 'more', 'aria-expanded': 'false', onclick: () => this.#toggle() });
  #note = element('p', { class: 'words' });

  /** tools: { open } for the rows of its events. */
  constructor(raws, tools) {
    this.#tools = tools;
    this.#first = JSON.parse(raws[0].data);
    this.node = element('tr', { class: 'event storm', role: 'row', 'data-tone': kindOf(this.#first).tone });
    raws.forEach(raw => this.add(raw));
  }

  hasActor = false;

  get directory() {
    return this.#first.path.slice(0, Math.max(this.#first.path.lastIndexOf('/'), this.#first.path.lastIndexOf('\\'))) || '/';
  }

  /** Only counted; it is painted with the next frame. */
  add(raw) {
    this.#count++;
    this.#raws.push(raw);
    if (this.#raws.length >= 2 * keptOfStorm) {
      this.#raws = this.#raws.slice(-keptOfStorm);
    }

    this.#last = raw;
    this.isStale = true;
  }

  isStale = true;

  paint() {
    if (!this.isStale) {
      return;
    }

    this.isStale = false;
    const kind = kindOf(this.#first);
    if (this.node.childElementCount === 0) {
      this.node.append(this.#time,
        element('td', { class: 'kind', role: 'cell', 'data-label': 'What' }, element('span', { class: 'shape', 'aria-hidden': 'true' }, kind.shape), element('span', {}, kind.words)),
        element('td', { class: 'where', role: 'cell', 'data-label': 'Path', colspan: 5 }, this.#words, ' below ', pathNode(this.directory, 'Directory'), ' ', this.#button, this.#note));
    }

    const [from, to] = [formatTime(this.#first.occurredAt), formatTime(JSON.parse(this.#last.data).occurredAt)];
    this.#time.replaceChildren(element('time', { datetime: this.#first.occurredAt }, from), ...(from === to ? [] : [element('span', { class: 'found' }, `to ${to}`)]),
      ...(this.#first.origin === 'Offline' ? [element('span', { class: 'found' }, foundWords(this.#first))] : []));
    this.#words.textContent = `${formatCount(this.#count)} ${kind.words.toLowerCase()}`;
    this.#button.textContent = this.#isOpen ? 'Fold them' : 'Show them';
    this.#button.setAttribute('aria-label', `${this.#button.textContent}: ${formatCount(this.#count)} ${kind.words.toLowerCase()} below ${plain(this.directory, { isPath: true })}`);
    if (this.#isOpen) {
      this.#showRows();
    }
  }

  get size() {
    return this.#count;
  }

  matches(needle) {
    this.#needle = needle;
    const { words } = kindOf(this.#first);
    return needle === '' || `${words}\n${this.directory}\n${plain(this.directory)}`.toLowerCase().includes(needle) || this.#raws.some(({ data }) => data.toLowerCase().includes(needle));
  }

  set isShown(value) {
    this.node.hidden = !value;
    this.#rows.forEach(row => row.isShown = value && row.matches(this.#needle));
  }

  remove() {
    this.node.remove();
    this.#rows.forEach(row => row.remove());
  }

  #toggle() {
    this.#isOpen = !this.#isOpen;
    this.#button.setAttribute('aria-expanded', String(this.#isOpen));
    this.isStale = true;
    if (!this.#isOpen) {
      this.#rows.forEach(row => row.remove());
      this.#rows = [];
      this.#note.replaceChildren();
    }

    this.paint();
  }

  /** The latest of them, and where all are. */
  #showRows() {
    this.#rows.forEach(row => row.remove());
    this.#rows = this.#raws.slice(-keptOfStorm).reverse().map(raw => new EventRow(raw, this.#tools));
    this.#rows.forEach(row => {
      row.node.classList.add('of-storm');
      row.isShown = !this.node.hidden && row.matches(this.#needle);
    });
    this.node.after(...this.#rows.map(row => row.node));
    const last = new Date(new Date(JSON.parse(this.#last.data).occurredAt).getTime() + 1_000).toISOString();
    const search = { monitor: this.#first.monitor, where: `${this.directory.replace(/[/\\]$/, '')}/`, kind: this.#first.kind, from: this.#first.occurredAt, to: last };
    this.#note.replaceChildren(this.#count > this.#rows.length ? `The latest ${formatCount(this.#rows.length)} are shown. ` : '',
      /[*?]/.test(search.where) ? '' : element('a', { href: addressOf({ view: 'search', search }), 'data-place': true }, 'Search for all of them'));
  }
}
