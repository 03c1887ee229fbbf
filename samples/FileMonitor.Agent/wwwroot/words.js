import { formatDateTime, plural } from './format.js';

// What the enumerations of the library are called on the page: a shape, words, and a tone. The shape is there for those who do not see
// the colour, the words for everybody.

const kinds = {
  Created: { shape: '+', words: 'Created', tone: 'good' },
  Modified: { shape: '~', words: 'Modified', tone: 'change' },
  Deleted: { shape: '−', words: 'Deleted', tone: 'gone' },
  Renamed: { shape: '→', words: 'Renamed', tone: 'moved' },
  AttributesChanged: { shape: '≈', words: 'Attributes changed', tone: 'quiet' },
  Baseline: { shape: '·', words: 'Baseline', tone: 'quiet' },
  RootLost: { shape: '×', words: 'Root lost', tone: 'alarm' },
  Missed: { shape: '!', words: 'Missed here', tone: 'alarm' },
  ChecksumUpdated: { shape: '#', words: 'Checksum', tone: 'quiet' },
  RootRestored: { shape: '✓', words: 'Root restored', tone: 'relief' },
};

const causes = {
  QueueFull: 'changes came faster than they could be taken',
  SourceOverflow: 'the operating system dropped notifications',
  SourceError: 'the source failed',
  SourceRestarted: 'the source was restarted',
  PartialCoverage: 'some directories cannot be watched',
  IncompleteHint: 'a notification came without a usable name',
  RootLost: 'the root is gone',
  ClockJump: 'the clock jumped',
  Inaccessible: 'a directory cannot be read',
  InternalError: 'a defect in the monitor',
  ReaderTooSlow: 'this reader was too slow',
  SinkFailed: 'a sink does not take events',
  ShutdownTimeout: 'the stop was cut short',
  StateLost: 'the state of the runs before was lost',
};

const checksums = {
  NotApplicable: '',
  Disabled: 'switched off',
  NotComputed: 'not read yet',
  TooLarge: 'too large',
  Pending: 'being read',
  TimedOut: 'took too long to read',
  Unreadable: 'unreadable',
  Locked: 'locked',
  Unstable: 'still changing',
  Vanished: 'vanished',
  Abandoned: 'abandoned',
};

/** "SomethingNew" becomes "something new": a later version may have values that this page does not know. */
function spaced(name) {
  return String(name ?? '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

export const causeWords = cause => causes[cause] ?? spaced(cause);

export const checksumWords = status => checksums[status] ?? spaced(status);

/** The shape, the words and the tone of an event. */
export function kindOf(event) {
  if (event.kind === 'Gap') {
    return event.gap?.phase === 'Closed'
      ? { shape: '✓', words: 'Gap closed', tone: 'relief' }
      : { shape: '!', words: 'Gap opened', tone: 'alarm' };
  }

  return kinds[event.kind] ?? { shape: '•', words: sentence(spaced(event.kind)), tone: 'quiet' };
}

/** What a gap's row says beside its place. */
export function gapWords({ gap = {}, detail }) {
  const lead = gap.phase === 'Closed' ? 'Complete again from here on' : 'Something may be missing from here on';
  const number = gap.number ? `gap ${gap.number}, ` : '';
  const lost = gap.lost ? `, ${plural(gap.lost, 'hint')} lost` : '';
  const words = `${lead}: ${number}${causeWords(gap.cause)}${lost}.`;
  return detail ? `${words} ${detail}` : words;
}

// What a comparison or a listing found: nobody saw it happen, and the time of the event is when it was found.
const findings = { Offline: 'found offline', Reconciled: 'found by comparing', Discovered: 'found by looking' };

/** Of an event that nobody saw happen, how it was found; empty for others. */
export const foundWords = ({ origin }) => findings[origin] ?? '';

/**
 * Of a change that was made while the monitor was not running, when that was. Nothing for others. run: when the monitor wrote the last record before this start, and when
 * this start was; an event that was told before it is of an earlier run, of which only the journal knows.
 */
export function offlineWords({ origin, emittedAt }, { lastRan, startedAt } = {}) {
  return origin !== 'Offline' ? ''
    : lastRan && startedAt && new Date(emittedAt) >= new Date(startedAt)
      ? `Between ${formatDateTime(lastRan)}, the last record of the run before, and ${formatDateTime(startedAt)}, the start of this one`
      : 'While no monitor ran';
}

// Of what is less certain than Kernel: as the command says it.
const certainties = { ProcLookup: 'looked up', ExecCache: 'from its start' };

/** "tar (pid 4711, root) and others", as far as it is known, and "looked up" where it is less certain; empty when nothing is known. */
export function actorWords(actor) {
  if (!actor || actor.confidence === 'Unknown') {
    return '';
  }

  const program = actor.executable ? actor.executable.split('/').at(-1) : 'an unknown program';
  const about = [actor.processId && `pid ${actor.processId}`, actor.userName ?? (actor.userId === undefined ? undefined : `user ${actor.userId}`), certainties[actor.confidence]]
    .filter(Boolean).join(', ');
  return `${program}${about ? ` (${about})` : ''}${actor.others ? ' and others' : ''}`;
}

/** How certain it is who made a change, in words; empty when nobody is named. */
export function certaintyWords({ confidence, others }) {
  const how = { Kernel: 'as the kernel named it', ExecCache: 'the program as it was started', ProcLookup: 'looked up after the change: the process may run another program since, and see its files under other paths' }[confidence];
  return how ? `${how}${others ? '; others may have had a hand in it' : ''}` : '';
}

/** "root (0)", "1000": the user of an actor; empty when it is not known. */
export function userWords({ userName, userId } = {}) {
  return userName === undefined ? String(userId ?? '') : userId === undefined ? userName : `${userName} (${userId})`;
}

export const monitorName = name => name || 'unnamed';

export function sentence(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
