import { element, safe } from './dom.js';
import { formatDateTime } from './format.js';

// What an event says of an item's metadata, now and before. Each attribute has the name that the library gives its change, a label, and
// how its value reads in the metadata; undefined where it is not known.
const attributes = [
  { name: 'Mode', label: 'Mode', of: item => item.mode === undefined ? undefined : octal(item.mode) },
  { name: 'Owner', label: 'Owner', of: item => account(item.ownerName, item.ownerId) },
  { name: 'Group', label: 'Group', of: item => account(item.groupName, item.groupId) },
  { name: 'LastWriteTime', label: 'Written', of: item => item.lastWriteTime && formatDateTime(item.lastWriteTime) },
  { name: 'LinkTarget', label: 'Points to', of: item => item.linkTarget },
  { name: 'Flags', label: 'Flags', of: (item, isKnown) => item.flags?.toLowerCase() ?? (isKnown ? 'none' : undefined) },
  { name: 'AccessControlList', label: 'Access list', of: extended(one => [one.accessControlList, one.defaultAccessControlList && `default: ${one.defaultAccessControlList}`]) },
  { name: 'Capabilities', label: 'Capabilities', of: extended(one => [one.capabilities]) },
  { name: 'SecurityLabel', label: 'Label', of: extended(one => [one.securityLabel]) },
  { name: 'OtherExtendedAttributes', label: 'Other attributes', of: extended(one => Object.entries(one.others ?? {}).map(([name, sum]) => `${name}=${sum?.slice(0, 12) ?? 'unreadable'}`)) },
];

/** What of an event's metadata is known: { label, now, before, isChanged } of each; before is there only where it changed. */
export function metadataOf(event) {
  return attributes.map(({ name, label, of }) => {
    const isChanged = event.changedAttributes?.includes(name) ?? false;
    const now = of(event, isChanged);
    const before = isChanged && event.previous ? of(event.previous, true) : undefined;
    return { label, now, before, isChanged };
  }).filter(({ now, isChanged }) => isChanged || now !== undefined && now !== 'none');
}

/** "mode 0644 → 0600, owner root → daemon": what changed besides the content; empty when nothing did. */
export function changeWords(event) {
  return metadataOf(event)
    .filter(({ isChanged, label }) => isChanged && (event.kind === 'AttributesChanged' || label !== 'Written'))
    .map(({ label, now, before }) => `${label.toLowerCase()} ${before ?? 'unknown'} → ${now ?? 'unknown'}`)
    .join(', ');
}

/** The value of one attribute for the details; what changed is marked. */
export function metadataNode({ now, before, isChanged }) {
  return isChanged
    ? [safe(before ?? 'unknown'), element('span', { 'aria-label': 'is now' }, ' → '), element('mark', {}, safe(now ?? 'unknown'))]
    : safe(now);
}

const octal = mode => mode.toString(8).padStart(4, '0');

function account(name, id) {
  return id === undefined ? undefined : name === undefined ? String(id) : `${name} (${id})`;
}

function extended(read) {
  return item => item.extendedAttributes && (read(item.extendedAttributes).filter(Boolean).join(', ') || 'none');
}
