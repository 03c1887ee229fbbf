import { neutralise } from './names.js';

/** An element. Children that are strings become text, never markup; null and false are left out. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) {
      node.addEventListener(name.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? '' : value);
    }
  }

  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

/** Words that may hold names: escapes are shown as such, and the direction of what is inside does not leak out. */
export function safe(text) {
  return element('bdi', {}, ...pieces(text));
}

/**
 * A path. It runs from left to right, and so does each name in it by itself: otherwise two Hebrew directories would change places, and an
 * extension would stand in front. The directories step back, so that the eye finds the file.
 */
export function pathNode(path, itemType) {
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
  const last = path.slice(cut);
  const suffix = itemType === 'Directory' && last !== '' ? '/' : '';
  return element('bdi', { class: 'path', dir: 'ltr' },
    cut > 0 && element('span', { class: 'directory' }, ...segments(path.slice(0, cut))),
    ...segments(last), suffix);
}

function segments(text) {
  return /^[ -~]*$/.test(text)
    ? pieces(text, { isPath: true })
    : text.split(/(?<=\/)/).flatMap(segment => segment.endsWith('/')
      ? [element('bdi', { dir: 'ltr' }, ...pieces(segment.slice(0, -1), { isPath: true })), '/']
      : [element('bdi', { dir: 'ltr' }, ...pieces(segment, { isPath: true }))]);
}

function pieces(text, options) {
  return neutralise(String(text), options).map(part => part.isEscape ? element('span', { class: 'escape' }, part.text) : part.text);
}

/** Replaces the children only when what they show has changed: a selection, a focus and an open detail survive. */
export function renderWhenChanged(container, view, build) {
  const signature = JSON.stringify(view);
  if (container.signature !== signature) {
    container.signature = signature;
    container.replaceChildren(...[build(view)].flat());
  }
}

/** Sets the text only when it differs, so that nothing is announced or painted twice. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
