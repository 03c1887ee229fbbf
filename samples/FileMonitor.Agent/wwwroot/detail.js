import { askJson } from './agent.js';
import { element } from './dom.js';
import { nameOf } from './event-name.js';
import { details, withTrueNames } from './event-row.js';
import { addressOf } from './place.js';
import { kindOf } from './words.js';

/** An event by its name: the one that is shown on the page anyway, or the agent's. Null when it is not kept. */
export async function findEvent({ monitor, sequence, id }, signal) {
  const query = new URLSearchParams({ monitor, sequence, id });
  const { events } = await askJson(`/api/events?${query}`, signal);
  return events.length > 0 ? withTrueNames(events[0]) : null;
}

/** All that is known of an event, with before and after, and where to go on. */
export function detailContent(event, run, close) {
  const kind = kindOf(event);
  const name = nameOf(event);
  return [
    element('header', { 'data-tone': kind.tone }, element('h2', {}, element('span', { class: 'shape', 'aria-hidden': 'true' }, kind.shape), ' ', kind.words), element('button', { type: 'button', onclick: close }, 'Close')),
    element('div', { class: 'detail' }, details(event, run)),
    element('p', { class: 'links' },
      event.path && !/[*?]/.test(event.path) && element('a', { href: addressOf({ view: 'search', search: { where: event.path } }), 'data-place': true }, 'All events of this path'),
      event.sha256 && element('a', { href: addressOf({ view: 'search', search: { sha256: event.sha256 } }), 'data-place': true }, 'All events with this content'),
      name && element('a', { href: addressOf({ event }), 'data-place': true }, 'Link to this event')),
  ];
}

export function missingContent(close) {
  return [
    element('header', {}, element('h2', {}, 'This event is not kept'), element('button', { type: 'button', onclick: close }, 'Close')),
    element('p', {}, 'The agent has no such event, or not any more: without a state directory it forgets the oldest ones and those of earlier runs.'),
  ];
}
