import { askJson } from './agent.js';
import { element, pathNode, setText } from './dom.js';
import { formatCount, formatDateTime, formatTime, plural } from './format.js';
import { addressOf } from './place.js';

/** Where most changed: { directories, total, isComplete, countedBackTo } of the agent as a list. search: what else the links search for. */
export function directoryList(answer, search = {}) {
  const { directories, total, isComplete, countedBackTo } = answer;
  if (directories.length === 0) {
    return element('p', { class: 'quiet' }, isComplete ? 'Nothing changed in that time.' : 'Nothing that was counted so far.');
  }

  const most = directories[0].count;
  return element('div', {},
    element('ol', { class: 'directories' }, directories.map(one => item(one, most, search))),
    element('p', { class: 'quiet' }, `${plural(total, 'change')} in all${isComplete ? '' : `, counted back to ${formatDateTime(countedBackTo)}: there was no time for older ones`}.`));
}

function item({ path, count, atLeast }, most, search) {
  const where = `${path.replace(/[/\\]$/, '')}/`;
  const bar = element('span', { class: 'share', 'aria-hidden': 'true' });
  bar.style.width = `${Math.max(1, Math.round(100 * count / most))}%`;
  const words = atLeast === count ? formatCount(count) : `${formatCount(atLeast)} to ${formatCount(count)}`;
  return element('li', {},
    // A pattern would be searched for where a name has its characters.
    /[*?]/.test(where) ? pathNode(path, 'Directory') : element('a', { href: addressOf({ view: 'search', search: { ...search, where } }), 'data-place': true }, pathNode(path, 'Directory')),
    element('span', { class: 'number' }, words),
    bar);
}

export class DirectoriesView {
  #container;
  #title;
  #hours;

  constructor({ container, title, hours }) {
    this.#container = container;
    this.#title = title;
    this.#hours = hours;
  }

  async refresh(signal) {
    const answer = await askJson(`/api/directories?hours=${this.#hours}&limit=10`, signal);
    setText(this.#title, `last ${this.#hours} hours, counted at ${formatTime(new Date())}`);
    this.#container.replaceChildren(directoryList(answer, { from: answer.from.replace(/\.\d+/, '').replace('+00:00', 'Z') }));
  }

  clear() {
    setText(this.#title, '');
    this.#container.replaceChildren();
  }
}
