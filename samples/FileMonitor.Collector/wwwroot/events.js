import { askJson } from './agent.js';
import { changeWords } from './attributes.js';
import { element, pathNode, safe } from './dom.js';
import { details, withTrueNames } from './event-row.js';
import { save } from './export.js';
import { formatDateTime, formatTime } from './format.js';
import { plain } from './names.js';
import { addressOf, parametersOf } from './place.js';
import { actorWords, gapWords, kindOf } from './words.js';

/** A row of the table. */
export function eventRow(record, isSelected, open) {
  const event = withTrueNames(record.event);
  const kind = kindOf(event);
  const changed = changeWords(event);
  const name = plain((event.path ?? kind.words).split('/').at(-1));
  const words = event.sha256?.slice(0, 12) ?? 'Details';
  return element('tr', { class: 'event', role: 'row', 'data-tone': kind.tone, 'data-event': placeOf(record), 'aria-selected': isSelected ? 'true' : null },
    cell('time', element('time', { datetime: timeOf(event), title: formatDateTime(timeOf(event)) }, formatTime(timeOf(event)))),
    cell('host', safe(record.host)),
    cell('kind', element('span', { class: 'shape', 'aria-hidden': 'true' }, kind.shape), element('span', {}, kind.words)),
    cell('where',
      event.oldPath && element('div', { class: 'old' }, pathNode(event.oldPath, event.itemType), element('span', {}, ' →')),
      event.path && pathNode(event.path, event.itemType),
      changed && element('p', { class: 'words' }, safe(changed)),
      event.kind === 'Gap' && element('p', { class: 'words' }, safe(gapWords(event)))),
    cell('actor', actorWords(event.actor) && safe(actorWords(event.actor))),
    cell('checksum', element('button', { type: 'button', class: event.sha256 ? 'more sum' : 'more', 'aria-haspopup': 'dialog', 'aria-label': `${words}: details of ${name}`, onclick: () => open(placeOf(record)) },
      words)));
}

/** Journal and index: what an event is called in an address. */
export const placeOf = record => `${record.journal}/${record.index}`;

/** All that is known of one event, with before and after. */
export function drawerContent(record, close) {
  const event = withTrueNames(record.event);
  const rows = details(event);
  const more = [
    ['Host', safe(record.host)],
    ['Journal', safe(record.origin)],
    ['Record', `${record.index}, ${record.isProved ? 'proved by a checkpoint' : 'not proved yet'}`],
    ['Stored', formatDateTime(record.storedAt)],
  ];
  rows.append(...more.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));
  return [
    element('header', {}, element('h2', {}, kindOf(event).words), element('button', { type: 'button', onclick: close }, 'Close')),
    rows,
    element('p', { class: 'links' },
      event.path && element('a', { href: addressOf({ search: { host: record.host, where: event.path } }), 'data-place': true }, 'All events of this path'),
      event.sha256 && element('a', { href: addressOf({ search: { sha256: event.sha256 } }), 'data-place': true }, 'All events with this content'),
      element('a', { href: `/?${addressOf({ event: placeOf(record) }).slice(1)}`, 'data-place': true }, 'Link to this event')),
  ];
}

/** A page of events. */
export function findEvents(search, cursor, signal) {
  const query = parametersOf(search);
  query.set('limit', '100');
  if (cursor) {
    query.set('cursor', cursor);
  }

  return askJson(`/api/events?${query}`, signal);
}

/** Saves what a search finds as a file. */
export const exportEvents = (search, kind) => save(`/export.${kind}?${parametersOf(search)}`, `events.${kind}`);

const timeOf = event => event.occurredAt ?? event.at;

function cell(name, ...children) {
  return element('td', { class: name, role: 'cell' }, ...children);
}
