/** What an event is called in an address; null for what is none of a monitor. */
export const nameOf = ({ monitor, sequence, id }) => monitor && sequence && id ? `${monitor}~${sequence}~${id}` : null;

/** { monitor, sequence, id } of such a name; null when it is none. */
export function readName(text) {
  const match = /^(.+)~([1-9]\d{0,18})~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/su.exec(text);
  return match && { monitor: match[1], sequence: match[2], id: match[3] };
}
