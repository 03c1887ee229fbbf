import { askJson } from './agent.js';
import { directoryList } from './directories.js';
import { element, safe, setText } from './dom.js';
import { EventRow } from './event-row.js';
import { save } from './export.js';
import { formatDateTime, plural } from './format.js';
import { plain } from './names.js';
import { localOf, parametersOf, utcOf } from './place.js';
import { kindOf } from './words.js';

const perPage = 100;
const plainFields = ['monitor', 'where', 'text', 'origin', 'user', 'program', 'sha256', 'sort'];
const kinds = ['Created', 'Modified', 'Deleted', 'Renamed', 'AttributesChanged', 'ChecksumUpdated', 'Baseline', 'Gap', 'RootLost', 'RootRestored'];

const orders = {
  path: (one, other) => one.path < other.path ? -1 : one.path > other.path ? 1 : 0,
  size: (one, other) => (other.size ?? -1) - (one.size ?? -1),
};

/** The search: its form, and the page of events that it found. What is searched for is in the address, which whoever makes this reads and writes. */
export class SearchView {
  #$;
  #go;
  #open;
  #announce;
  #signal = new AbortController();
  #shown = null;
  #next = null;

  /** go: to another place; open: shows the details of an event. */
  constructor($, { go, open, announce }) {
    this.#$ = $;
    this.#go = go;
    this.#open = open;
    this.#announce = announce;
    const form = $('search');
    form.querySelector('.kinds').append(...kinds.map(kind => element('label', {}, element('input', { type: 'checkbox', name: 'kind', value: kind }), kind === 'Gap' ? 'Gap' : kindOf({ kind }).words)));
    form.addEventListener('submit', event => {
      event.preventDefault();
      this.#go({ view: 'search', search: this.#read() });
    });
    form.elements.sort.addEventListener('change', () => form.requestSubmit());
    $('reset').addEventListener('click', () => this.#go({ view: 'search' }));
    $('older').addEventListener('click', () => this.#go({ view: 'search', search: this.#shown.search, before: this.#next }));
    $('newest').addEventListener('click', () => this.#go({ view: 'search', search: this.#shown.search }));
    $('stop').addEventListener('click', () => this.#signal.abort());
    $('csv').addEventListener('click', () => this.#said(() => save(`/export.csv?${parametersOf(this.#shown.search)}`, 'events.csv')));
    $('jsonl').addEventListener('click', () => this.#said(() => save(`/export.jsonl?${parametersOf(this.#shown.search)}`, 'events.jsonl')));
    $('where-most').addEventListener('click', () => this.#said(() => this.#count()));
  }

  /** The names that a monitor may be chosen by. */
  showMonitors(names) {
    const select = this.#$('search').elements.monitor;
    const all = ['', ...names];
    if (JSON.stringify([...select.options].map(option => option.value)) !== JSON.stringify(all)) {
      const { value } = select;
      select.replaceChildren(...all.map(name => element('option', { value: name }, plain(name) || 'Any')));
      select.value = value || this.#shown?.search.monitor || '';
    }
  }

  /** Shows a place, and searches if it is another one. */
  async show(place, session) {
    const signature = JSON.stringify([place.search, place.before]);
    if (this.#shown?.signature === signature) {
      return;
    }

    this.#shown = { ...place, signature };
    this.#write(place.search);
    this.#$('found-directories').hidden = true;
    await this.#find(place, session);
  }

  clear() {
    this.#signal.abort();
    this.#shown = null;
    this.#next = null;
    this.#$('found').tBodies[0].replaceChildren();
    this.#$('found-directories').replaceChildren();
    // The form has a button of this name, which stands before the method.
    HTMLFormElement.prototype.reset.call(this.#$('search'));
    for (const name of ['found-count', 'message', 'problems']) {
      this.#$(name).textContent = '';
    }
  }

  async #find(place, session) {
    this.#signal.abort();
    const own = this.#signal = new AbortController();
    const signal = AbortSignal.any([session, own.signal]);
    const events = [];
    let [page, cursor] = [null, place.before];
    this.#paint(place, events, null, false);
    setText(this.#$('message'), '');
    this.#$('stop').hidden = false;
    try {
      // The agent answers in any case after two seconds, and says how far it has looked.
      do {
        const query = parametersOf(place.search);
        query.set('limit', String(perPage - events.length));
        if (cursor) {
          query.set('before', cursor);
        }

        page = await askJson(`/api/events?${query}`, signal);
        events.push(...page.events);
        cursor = page.next;
        this.#paint(place, events, page, events.length < perPage && cursor !== null);
      } while (events.length < perPage && cursor !== null);
      this.#announce(this.#$('found-count').textContent);
    } catch (error) {
      if (session.aborted || this.#signal !== own) {
        return;
      }

      // Stopped by its button: what was found stays.
      this.#paint(place, events, page, false);
      if (!own.signal.aborted) {
        this.#shown = { ...this.#shown, signature: '' };
        setText(this.#$('message'), error.message);
        throw error;
      }
    } finally {
      if (this.#signal === own) {
        this.#$('stop').hidden = true;
      }
    }
  }

  #paint(place, events, page, goesOn) {
    const $ = this.#$;
    const order = orders[place.search.sort];
    const rows = (order ? events.toSorted(order) : events).map(event => new EventRow({ event: 'audit', data: JSON.stringify(event) }, { open: this.#open }));
    $('found').tBodies[0].replaceChildren(...rows.map(row => row.node));
    $('found').classList.toggle('with-actors', rows.some(row => row.hasActor));
    this.#next = page?.next ?? null;
    $('older').hidden = !this.#next || goesOn;
    $('newest').hidden = !place.before;
    const back = page?.searchedBackTo ? ` back to ${formatDateTime(page.searchedBackTo)}` : '';
    setText($('found-count'), page === null ? 'Searching'
      : goesOn ? `${plural(events.length, 'event')}; searched${back}, going on`
      : this.#next ? `${plural(events.length, 'event')}; searched${back}, and there are older ones`
      : `${plural(events.length, 'event')}; all that is kept was searched${back && `,${back}`}`);
    $('none').hidden = events.length > 0 || page === null || goesOn;
    $('problems').replaceChildren(...(page?.problems ?? []).map(problem => element('li', {}, safe(problem))));
  }

  async #count() {
    const list = this.#$('found-directories');
    const query = parametersOf(this.#shown.search);
    if (!query.has('from') && !query.has('to')) {
      query.set('hours', '744');
    }

    const answer = await askJson(`/api/directories?${query}`);
    list.replaceChildren(element('h3', {}, 'Where most changed'), directoryList(answer, this.#shown.search));
    list.hidden = false;
  }

  #read() {
    const { elements } = this.#$('search');
    const search = Object.fromEntries(plainFields.map(name => [name, elements[name].value]));
    search.kind = [...elements.kind].filter(box => box.checked).map(box => box.value).join(',');
    for (const name of ['from', 'to']) {
      search[name] = utcOf(elements[name].value);
    }

    return search;
  }

  #write(search) {
    const { elements } = this.#$('search');
    for (const name of plainFields) {
      elements[name].value = search[name];
    }

    if (elements.monitor.value !== search.monitor) {
      // The monitors are not known yet.
      elements.monitor.append(element('option', { value: search.monitor }, plain(search.monitor)));
      elements.monitor.value = search.monitor;
    }

    const chosen = search.kind.toLowerCase().split(',');
    [...elements.kind].forEach(box => box.checked = chosen.includes(box.value.toLowerCase()));
    for (const name of ['from', 'to']) {
      elements[name].value = search[name] && localOf(search[name]);
    }
  }

  async #said(task) {
    try {
      setText(this.#$('message'), '');
      await task();
    } catch (error) {
      setText(this.#$('message'), error.message);
    }
  }
}
