import { nameOf, readName } from './event-name.js';

// What is shown is in the address, so that it can be sent to somebody, is there again after a reload, and the browser's buttons work.

const searched = ['monitor', 'where', 'text', 'kind', 'origin', 'user', 'program', 'sha256', 'from', 'to', 'sort'];
const sameNames = ['monitor', 'text', 'kind', 'origin', 'user', 'program', 'sha256', 'from', 'to'];

/** { view, event, before, search: { monitor, where, ... } } of an address. */
export function readPlace(address = location.search) {
  const query = new URLSearchParams(address);
  return {
    view: query.get('view') === 'search' ? 'search' : 'now',
    event: readName(query.get('event') ?? ''),
    before: query.get('before') ?? '',
    search: Object.fromEntries(searched.map(name => [name, query.get(name) ?? ''])),
  };
}

/** The address of a place. What is empty is left out. */
export function addressOf({ view = 'now', event = null, before = '', search = {} }) {
  const query = new URLSearchParams();
  if (view === 'search') {
    query.set('view', view);
    searched.filter(name => search[name]).forEach(name => query.set(name, search[name]));
    if (before) {
      query.set('before', before);
    }
  }

  if (event) {
    query.set('event', nameOf(event));
  }

  const text = query.toString();
  return text ? `?${text}` : '/';
}

/** The parameters of the agent's search. */
export function parametersOf(search) {
  const query = new URLSearchParams();
  for (const name of sameNames.filter(name => search[name])) {
    query.set(name, search[name].trim() || search[name]);
  }

  if (search.where) {
    query.set(/[*?]/.test(search.where) ? 'glob' : 'path', search.where);
  }

  return query;
}

/** A time of the address, which is of UTC, as a field for local times has it; and back. */
export function localOf(iso) {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? '' : new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

export function utcOf(local) {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString().replace('.000Z', 'Z');
}
