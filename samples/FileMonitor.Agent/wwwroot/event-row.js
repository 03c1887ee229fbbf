import { changeWords, metadataNode, metadataOf } from './attributes.js';
import { element, pathNode, safe } from './dom.js';
import { nameOf } from './event-name.js';
import { formatBytes, formatCount, formatDateTime, formatTime, plural } from './format.js';
import { nameOfBytes, plain } from './names.js';
import { actorWords, certaintyWords, checksumWords, foundWords, gapWords, kindOf, monitorName, offlineWords, userWords } from './words.js';

const shortChecksum = 12;

/** One event as a row of a table; what it is found by is made once. open: shows the details of an event. */
export class EventRow {
  #event;
  #open;
  #more;

  constructor({ event, data }, { open }) {
    this.#open = open;
    this.#event = event === 'missed' ? missed(JSON.parse(data)) : withTrueNames(JSON.parse(data));
    const { path, oldPath, kind, sha256, monitor } = this.#event;
    const { words } = kindOf(this.#event);
    const by = actorWords(this.#event.actor);
    this.hasActor = by !== '';
    // Also as it is shown, so that somebody who sees \u202e can look for it.
    this.#haystack = [words, foundWords(this.#event), changeWords(this.#event), kind, path, oldPath, path && plain(path, { isPath: true }), oldPath && plain(oldPath, { isPath: true }), sha256, monitor, by, by && plain(by), this.#event.actor?.executable]
      .filter(Boolean).join('\n').toLowerCase();
    this.node = this.#build();
  }

  #haystack;

  /** needle: lower case; an empty one is in everything. */
  matches(needle) {
    return this.#haystack.includes(needle);
  }

  set isShown(value) {
    this.node.hidden = !value;
  }

  remove() {
    this.node.remove();
  }

  #build() {
    const event = this.#event;
    const kind = kindOf(event);
    const changed = changeWords(event);
    const isWords = event.kind === 'Gap' || event.detail !== undefined && !event.sha256;
    return element('tr', { class: 'event', role: 'row', 'data-tone': kind.tone, 'data-event': nameOf(event), onclick: click => this.#clicked(click) },
      cell('time', 'Time', event.occurredAt && element('time', { datetime: event.occurredAt }, formatTime(event.occurredAt)), foundWords(event) && element('span', { class: 'found' }, foundWords(event))),
      cell('kind', 'What', element('span', { class: 'shape', 'aria-hidden': 'true' }, kind.shape), element('span', {}, kind.words)),
      cell('where', 'Path',
        event.oldPath && element('div', { class: 'old' }, pathNode(event.oldPath, event.itemType), element('span', { 'aria-label': 'is now' }, ' →')),
        event.path && pathNode(event.path, event.itemType),
        changed && element('p', { class: 'words' }, safe(changed)),
        isWords && element('p', { class: 'words' }, safe(event.kind === 'Gap' ? gapWords(event) : event.detail))),
      cell('size', 'Size', event.size !== undefined && formatBytes(event.size)),
      cell('monitor', 'Monitor', event.monitor !== undefined && safe(monitorName(event.monitor))),
      cell('actor', 'By', this.hasActor && safe(actorWords(event.actor))),
      cell('checksum', 'Checksum', this.#button()));
  }

  #button() {
    const event = this.#event;
    if (event.kind === 'Missed') {
      return null;
    }

    const words = event.sha256?.slice(0, shortChecksum) ?? (checksumWords(event.checksumStatus) || 'Details');
    const name = plain((event.path ?? '').split('/').at(-1));
    this.#more = element('button', {
      type: 'button',
      class: event.sha256 ? 'more sum' : 'more',
      'aria-haspopup': 'dialog',
      'aria-label': `${words}: details of ${name || 'this event'}`,
      onclick: () => this.#open(event),
    }, words);
    return this.#more;
  }

  /** The whole row opens its details, except where the click has a meaning of its own: on the button, or when text was selected. */
  #clicked(click) {
    if (this.#more && !click.target.closest('button, a') && getSelection().isCollapsed) {
      this.#more.focus();
      this.#open(this.#event);
    }
  }
}

function cell(name, label, ...children) {
  return element('td', { class: name, role: 'cell', 'data-label': label }, ...children);
}

function missed({ missed, reason }) {
  const number = missed ? `${plural(missed, 'event')} passed unseen.` : 'Some events may have passed unseen.';
  return { kind: 'Missed', detail: reason ? `${number} ${reason}` : number };
}

/** Where a path is not UTF-8, its text has a replacement character; the bytes that came with it know better. */
export function withTrueNames(event) {
  const named = (path, relativePath, bytes) => bytes && path?.endsWith(relativePath)
    ? path.slice(0, path.length - relativePath.length) + nameOfBytes(bytes)
    : path;
  return {
    ...event,
    path: named(event.path, event.relativePath, event.relativePathBytes),
    oldPath: named(event.oldPath, event.oldRelativePath, event.oldRelativePathBytes),
  };
}

/** All that is known of an event, as a list: for the row of the agent and the drawer of the collector. */
export function details(event, run) {
  const { actor } = event;
  const rows = [
    ['Path', pathNode(event.path ?? '', event.itemType)],
    ['Path before', event.oldPath && pathNode(event.oldPath, event.itemType)],
    ['SHA-256', event.sha256 && copyable(event.sha256)],
    ['SHA-256 before', event.previousSha256 && copyable(event.previousSha256)],
    ['SHA-256 replaced', event.replacedSha256 && copyable(event.replacedSha256)],
    ['Size', event.size !== undefined && `${plural(event.size, 'byte')}${event.previousSize === undefined ? '' : `, before ${formatCount(event.previousSize)}`}`],
    ...metadataOf(event).map(one => [one.label, metadataNode(one)]),
    ['Changed', event.changeTime && `${formatDateTime(event.changeTime)}${event.previous?.changeTime ? `, before ${formatDateTime(event.previous.changeTime)}` : ''} (content or metadata)`],
    ['Born', event.birthTime && formatDateTime(event.birthTime)],
    ['Text', event.textDiff && diffNode(event.textDiff)],
    ['Names', event.hardLinkCount > 1 && `${plural(event.hardLinkCount, 'name')} (hard links)`],
    ['Happened', offlineWords(event, run)],
    [foundWords(event) ? 'Found' : 'Happened', `${formatDateTime(event.occurredAt)}, told ${formatTime(event.emittedAt)}`],
    ['Known by', safe(`${event.origin}; event ${event.sequence} of this monitor`)],
    ['Program', actor?.executable && safe(actor.executable)],
    ['Process', actor?.processId && `pid ${actor.processId}`],
    ['User', userWords(actor) && safe(userWords(actor))],
    ['Who is known', actor && certaintyWords(actor)],
    ['Command', actor?.commandLine && safe(actor.commandLine)],
    ['Container', actor?.containerId && safe(actor.containerId)],
    ['Note', event.detail && safe(event.detail)],
  ];
  return element('dl', {}, ...rows.filter(([, value]) => value)
    .map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, ...[value].flat()))));
}

/** A unified diff, line by line; what is added and removed is marked by its first character, too. */
function diffNode(diff) {
  const kinds = { '+': 'added', '-': 'removed', '@': 'hunk', '\\': 'hunk' };
  const lines = diff.replace(/\n$/, '').split('\n').map(line => element('span', { class: kinds[line[0]] ?? 'kept' }, safe(line), '\n'));
  return element('pre', { class: 'diff', tabindex: 0, 'aria-label': 'What changed in the text' }, ...lines);
}

function copyable(checksum) {
  const code = element('code', {}, checksum);
  const button = element('button', { type: 'button', class: 'copy', 'aria-live': 'polite' }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(checksum);
      button.textContent = 'Copied';
    } catch {
      // No clipboard without https, but on the machine itself; nor when the browser was told so.
      getSelection().selectAllChildren(code);
      button.textContent = 'Selected: press Ctrl+C';
    }
  });
  return [code, ' ', button];
}
