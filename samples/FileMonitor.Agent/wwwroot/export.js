import { ask, hasToken } from './agent.js';
import { element } from './dom.js';

/** Saves an answer as a file. A token is in a header, which a plain link cannot send; without one the browser writes the file while it comes. */
export async function save(address, name) {
  if (!hasToken()) {
    element('a', { href: address, download: name }).click();
    return;
  }

  const response = await ask(address);
  const content = URL.createObjectURL(await response.blob());
  element('a', { href: content, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(content), 60_000);
}
