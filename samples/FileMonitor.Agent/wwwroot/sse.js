/**
 * Takes the bytes of a text/event-stream as they come and gives its events. EventSource would do it, but cannot send a token. Chunks
 * may end anywhere: within a character, within a line, between CR and LF.
 */
export class EventStreamParser {
  #decoder = new TextDecoder();
  #rest = '';
  #afterCarriageReturn = false;
  #id = '';
  #event = '';
  #data = [];

  /** Where to go on. Only what was read to its end counts; it may also be said without an event. */
  lastId = '';

  /** The events { id, event, data } that these bytes complete. A comment is none, but shows that the other side lives. */
  push(bytes) {
    const events = [];
    const text = this.#decoder.decode(bytes, { stream: true });
    let at = 0;
    if (this.#afterCarriageReturn && text.length > 0) {
      this.#afterCarriageReturn = false;
      at = text[0] === '\n' ? 1 : 0;
    }

    for (const end = /\r\n?|\n/g; ;) {
      end.lastIndex = at;
      const match = end.exec(text);
      if (!match) {
        break;
      }

      this.#takeLine(this.#rest + text.slice(at, match.index), events);
      this.#rest = '';
      at = end.lastIndex;
      // The line ends with CR; the LF that belongs to it may begin the next chunk.
      this.#afterCarriageReturn = match[0] === '\r' && at === text.length;
    }

    this.#rest += text.slice(at);
    return events;
  }

  #takeLine(line, events) {
    if (line === '') {
      this.#dispatch(events);
      return;
    }

    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    switch (field) {
      case 'data':
        this.#data.push(value);
        break;
      case 'event':
        this.#event = value;
        break;
      case 'id':
        this.#id = value.includes('\0') ? this.#id : value;
        break;
      default:
        // A comment, or a field nobody knows.
        break;
    }
  }

  #dispatch(events) {
    this.lastId = this.#id;
    if (this.#data.length > 0) {
      events.push({ id: this.lastId, event: this.#event || 'message', data: this.#data.join('\n') });
    }

    this.#event = '';
    this.#data = [];
  }
}
