// What is shown is in the address, so that it can be sent to somebody and the browser's buttons work.

const searched = ['host', 'where', 'sha256', 'user', 'program', 'kind', 'from', 'to'];

/** { view, event, cursor, search: { host, where, ... } } of the address. */
export function readPlace() {
  const query = new URLSearchParams(location.search);
  const view = ['events', 'hosts', 'incidents'].includes(query.get('view')) ? query.get('view') : 'events';
  const event = /^\d{1,10}\/\d{1,13}$/.test(query.get('event') ?? '') ? query.get('event') : null;
  const search = Object.fromEntries(searched.map(name => [name, query.get(name) ?? '']));
  return { view, event, cursor: query.get('cursor') ?? '', search };
}

/** The address of a place. */
export function addressOf({ view = 'events', event = null, cursor = '', search = {} }) {
  const query = new URLSearchParams({ view });
  if (view === 'events') {
    searched.filter(name => search[name]).forEach(name => query.set(name, search[name]));
    if (cursor) {
      query.set('cursor', cursor);
    }

    if (event) {
      query.set('event', event);
    }
  }

  return `?${query}`;
}

/** The parameters of the collector's search. */
export function parametersOf(search) {
  const query = new URLSearchParams();
  for (const name of ['host', 'sha256', 'user', 'program', 'kind']) {
    if (search[name]) {
      query.set(name, search[name].trim());
    }
  }

  for (const name of ['from', 'to']) {
    if (search[name]) {
      query.set(name, search[name].endsWith('Z') ? search[name] : `${search[name]}Z`);
    }
  }

  if (search.where) {
    query.set(/[*?]/.test(search.where) ? 'glob' : 'path', search.where);
  }

  return query;
}
