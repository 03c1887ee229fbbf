import { element, pathNode, renderWhenChanged, safe } from './dom.js';
import { formatAge, formatCount, formatDateTime } from './format.js';
import { addressOf } from './place.js';

const states = {
  Well: ['good', 'Well'],
  Stopped: ['quiet', 'Stopped'],
  Replaced: ['quiet', 'Replaced'],
  Silent: ['bad', 'Silent'],
  Incomplete: ['warning', 'Records missing'],
  Untrusted: ['bad', 'Not to be trusted'],
};

const numbers = ['Lag', 'Records', 'Proved'];

const keys = { Missing: 'no key yet', Pinned: 'pinned', TrustedOnFirstUse: 'trusted on first use' };

const kinds = {
  Hole: 'Records missing',
  SilentHost: 'Silent host',
  RootMismatch: 'Records changed',
  CheckpointBackwards: 'Went backwards',
  RecordConflict: 'Two versions of a record',
  UnknownKey: 'Unknown key',
  JournalReplaced: 'Journal replaced',
};

/** The journals of all hosts. */
export function showHosts(container, { journals, now }) {
  renderWhenChanged(container, journals.map(one => ({ ...one, age: formatAge(one.lastSeen, new Date(now)) })), rows =>
    table('Hosts and their journals', ['Host', 'Monitor', 'State', 'Last heard', 'Lag', 'Records', 'Proved', 'Key'], rows.map(one => element('tr', {},
      cell('Host', '', link(addressOf({ search: { host: one.host } }), one.host)),
      cell('Monitor', '', safe(one.monitor || 'unnamed')),
      cell('State', '', stateNode(one.state)),
      cell('Last heard', 'nowrap', element('time', { datetime: one.lastSeen, title: formatDateTime(one.lastSeen) }, one.age)),
      cell('Lag', 'number', one.lagSeconds === undefined ? '' : lagWords(one.lagSeconds)),
      cell('Records', 'number', formatCount(one.records) + (one.recordsBehindHole ? ` + ${formatCount(one.recordsBehindHole)}` : '')),
      cell('Proved', 'number', formatCount(one.provedRecords)),
      cell('Key', '', keys[one.key] ?? one.key)))));
}

/** What was found, the open ones first. */
export function showIncidents(container, { incidents }) {
  renderWhenChanged(container, incidents, rows => rows.length === 0
    ? element('p', { class: 'bar' }, 'Nothing was found that needs somebody.')
    : table('Incidents', ['What', 'Host', 'Since', 'Until', 'Detail'], rows.map(one => element('tr', { class: one.until && 'ended' },
      cell('What', '', element('span', { class: 'state-word', 'data-level': one.until ? 'quiet' : one.kind === 'Hole' ? 'warning' : 'bad' }, kinds[one.kind] ?? one.kind)),
      cell('Host', '', link(addressOf({ search: { host: one.host } }), one.host)),
      cell('Since', 'nowrap', element('time', { datetime: one.since }, formatDateTime(one.since))),
      cell('Until', 'nowrap', one.until ? element('time', { datetime: one.until }, formatDateTime(one.until)) : 'open'),
      cell('Detail', '', safe(one.detail))))));
}

/** Which hosts have a content. */
export function filesTable({ files }) {
  return files.length === 0
    ? element('p', { class: 'bar' }, 'No host has told of a file with this content.')
    : table('Files with this content', ['Host', 'Path', 'Since', 'Now'], files.map(one => element('tr', { class: !one.isThere && 'ended' },
      cell('Host', '', safe(one.host)),
      cell('Path', '', pathNode(one.path)),
      cell('Since', 'nowrap', formatDateTime(one.occurredAt)),
      cell('Now', 'nowrap', link(addressOf({ event: `${one.journal}/${one.laterIndex ?? one.index}` }), one.isThere ? 'there' : (one.laterKind ?? 'Deleted').toLowerCase())))));
}

/** How old the newest record was when it came: exact while it matters. */
function lagWords(seconds) {
  const now = new Date();
  return seconds < 120 ? `${formatCount(Math.round(seconds * 10) / 10)} s` : formatAge(now - seconds * 1000, now).replace(' ago', '');
}

function stateNode(state) {
  const [level, words] = states[state] ?? ['warning', state];
  return element('span', { class: 'state-word', 'data-level': level }, words);
}

function link(address, text) {
  return element('a', { href: address, 'data-place': true }, safe(text));
}

function table(caption, heads, rows) {
  return element('table', { class: 'table' },
    element('caption', { class: 'unseen' }, caption),
    element('thead', {}, element('tr', {}, ...heads.map(head => element('th', { scope: 'col', class: numbers.includes(head) && 'number' }, head)))),
    element('tbody', {}, ...rows));
}

function cell(label, name, ...children) {
  return element('td', { class: name || null, 'data-label': label }, ...children);
}
