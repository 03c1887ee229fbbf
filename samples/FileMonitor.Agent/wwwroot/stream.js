import { ask, Refused, Unauthorized } from './agent.js';
import { EventStreamParser } from './sse.js';

// The agent sends a comment every 15 seconds. A machine that slept, or a cable that was pulled, may leave a connection that looks open.
const patience = 45_000;
const shortestPause = 1_000;
const longestPause = 30_000;

/** How long to wait before the attempt with this number, counted from 1. */
export function pauseBefore(attempt) {
  return Math.min(longestPause, shortestPause * 2 ** Math.min(attempt - 1, 10));
}

/** Reads /events for as long as it is not stopped, and goes on where it was when the connection breaks. */
export class EventStream {
  #stop = new AbortController();
  #wake = () => {};
  #lastId = '';
  #onEvent;
  #onState;
  #onUnauthorized;

  /** onState gets { state: 'connecting' | 'live' | 'waiting', seconds?, refusal? }. */
  constructor({ onEvent, onState, onUnauthorized }) {
    this.#onEvent = onEvent;
    this.#onState = onState;
    this.#onUnauthorized = onUnauthorized;
  }

  async run() {
    for (let attempt = 0; !this.#stop.signal.aborted;) {
      this.#onState({ state: 'connecting' });
      let refusal = '';
      try {
        await this.#read(() => attempt = 0);
      } catch (error) {
        if (error instanceof Unauthorized) {
          this.#onUnauthorized();
          return;
        }

        refusal = error instanceof Refused ? error.message : '';
      }

      if (!this.#stop.signal.aborted) {
        await this.#pause(pauseBefore(++attempt), refusal);
      }
    }
  }

  stop() {
    this.#stop.abort();
    this.#wake();
  }

  /** Tries at once when it is waiting: the network is back, or somebody looks at the page again. */
  retryNow() {
    this.#wake();
  }

  async #read(onAlive) {
    const connection = new AbortController();
    const end = () => connection.abort();
    let watch = setTimeout(end, patience);
    this.#stop.signal.addEventListener('abort', end);
    try {
      const response = await ask(this.#lastId ? '/events' : '/events?recent=200', {
        headers: { Accept: 'text/event-stream', ...this.#lastId && { 'Last-Event-ID': this.#lastId } },
        signal: connection.signal,
      });
      this.#onState({ state: 'live' });
      const parser = new EventStreamParser();
      const reader = response.body.getReader();
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        clearTimeout(watch);
        watch = setTimeout(end, patience);
        onAlive();
        parser.push(chunk.value).forEach(this.#onEvent);
        this.#lastId = parser.lastId || this.#lastId;
      }
    } finally {
      clearTimeout(watch);
      this.#stop.signal.removeEventListener('abort', end);
    }
  }

  #pause(milliseconds, refusal) {
    this.#onState({ state: 'waiting', seconds: Math.round(milliseconds / 1000), refusal });
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
