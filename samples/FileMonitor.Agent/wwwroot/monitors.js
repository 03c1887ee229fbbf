import { element, pathNode, renderWhenChanged, safe, setText } from './dom.js';
import { formatAge, formatBytes, formatCount, formatTime, plural } from './format.js';
import { findingsOf, placeOf } from './verdict.js';
import { causeWords, monitorName } from './words.js';

const levels = { Healthy: 'good', Degraded: 'warning', Unhealthy: 'bad' };
const words = { Healthy: 'Well', Degraded: 'Needs attention', Unhealthy: 'Not working' };

/** One card for each monitor. Cards are kept: what somebody opened or selected stays while numbers change. */
export class MonitorsView {
  #container;
  #cards = new Map();

  constructor(container) {
    this.#container = container;
  }

  show(monitors) {
    for (const monitor of monitors) {
      if (!this.#cards.has(monitor.name)) {
        this.#cards.set(monitor.name, new MonitorCard(monitor.name));
        this.#container.append(this.#cards.get(monitor.name).node);
      }

      this.#cards.get(monitor.name).show(monitor);
    }

    for (const [name, card] of this.#cards) {
      if (!monitors.some(monitor => monitor.name === name)) {
        card.node.remove();
        this.#cards.delete(name);
      }
    }
  }

  clear() {
    this.show([]);
  }
}

class MonitorCard {
  #badge = element('span', { class: 'badge' });
  #state = element('span', { class: 'state' });
  #findings = element('ul', { class: 'findings', 'aria-label': 'What is not well' });
  #gaps = element('ul', { class: 'gaps', 'aria-label': 'Open gaps' });
  #restart = element('div', { class: 'restart' });
  #roots = element('ul', { class: 'roots' });
  #summary = element('summary');
  #numbers = element('dl', { class: 'numbers' });

  constructor(name) {
    this.node = element('article', { class: 'card' },
      element('header', {}, element('h3', {}, safe(monitorName(name))), this.#badge, this.#state),
      this.#findings, this.#gaps, this.#restart, this.#roots,
      element('details', {}, this.#summary, this.#numbers));
  }

  show(monitor) {
    this.node.dataset.level = levels[monitor.status] ?? 'unknown';
    setText(this.#badge, words[monitor.status] ?? monitor.status);
    setText(this.#state, `${monitor.state}, ${monitor.source}`);

    renderWhenChanged(this.#findings, findingsOf(monitor), all => all.map(finding => element('li', {}, safe(finding))));

    renderWhenChanged(this.#gaps, monitor.openGaps ?? [], all => all.map(gapItem));
    for (const time of this.#gaps.querySelectorAll('time')) {
      setText(time, `${formatTime(time.dateTime)}, ${formatAge(time.dateTime)}`);
    }

    renderWhenChanged(this.#restart, monitor.restart, before => before ? restartWords(before) : []);
    this.#restart.dataset.knowledge = monitor.restart?.knowledge ?? '';

    const roots = (monitor.roots ?? []).map(({ path, isAvailable, source }) => ({ path, isAvailable, source }));
    renderWhenChanged(this.#roots, roots, all => all.map(rootItem));
    setText(this.#summary, `${plural(monitor.knownItems, 'item')} known, ${plural(monitor.counters.events, 'event')} told`);
    this.#showNumbers(monitor);
  }

  #showNumbers(monitor) {
    const { counters } = monitor;
    const rows = [
      ['Queue', `${formatCount(monitor.queueLength)} of ${formatCount(monitor.queueCapacity)}`],
      ['Waiting to be quiet', plural(monitor.pendingPaths, 'path')],
      ['Being read', `${formatCount(monitor.filesBeingRead)} of ${formatCount(monitor.maxConcurrentReads)}; ${formatCount(monitor.filesWaitingToBeRead)} waiting`],
      ['Longest wait', `${formatCount(Math.floor(monitor.oldestWaitSeconds))} s`],
      ['To be compared', plural(monitor.directoriesToReconcile, 'directory', 'directories')],
      ['Hints received', formatCount(counters.received)],
      ['Merged', formatCount(counters.coalesced)],
      ['Ignored', formatCount(counters.ignored)],
      ['Nothing new', formatCount(counters.suppressed)],
      ['Came and went', formatCount(counters.transient)],
      ['Lost', formatCount(counters.lost)],
      ['Gaps so far', formatCount(counters.gaps)],
      ['Checksums', `${plural(counters.checksumFiles, 'file')}, ${formatBytes(counters.checksumBytes)}`],
      ...(monitor.sinks ?? []).map(sink => [`Sink ${sink.name}`, `${formatCount(sink.written)} written, ${formatCount(sink.buffered)} waiting, ${formatCount(sink.dropped)} dropped`]),
      ['Readers', formatCount((monitor.readers ?? []).length)],
      ...storeRows(monitor.store),
    ];
    renderWhenChanged(this.#numbers, rows, all => all.map(([name, value]) => element('div', {}, element('dt', {}, safe(name)), element('dd', {}, value))));
  }
}

/** What is known of the time before this start, and where the state was lost. */
function restartWords({ summary, losses }) {
  return [
    element('p', {}, safe(summary)),
    losses?.length > 0 && element('ul', { 'aria-label': 'Roots of which the state was lost' },
      losses.map(loss => element('li', {}, pathNode(loss.root), ': ', safe(loss.detail)))),
  ].filter(Boolean);
}

function storeRows(store) {
  return store
    ? [
      ['Journal', `${plural(store.records, 'record')}, ${formatBytes(store.journalBytes)}`],
      ['Signed checkpoint', `covers ${formatCount(store.checkpointed)} of ${plural(store.records, 'record')}${store.lastCheckpoint ? `, written ${formatTime(store.lastCheckpoint)}` : ''}`],
      ['Journal verified', store.verification?.verifiedAt ? `${formatTime(store.verification.verifiedAt)}: ${store.verification.problem ? 'it is not what was written' : `${plural(store.verification.records, 'record')} as written`}` : 'not yet in this run'],
      ...(store.anchor ? [['Kept elsewhere', store.anchor.anchored === null ? 'nothing in this run yet' : `checkpoint of ${plural(store.anchor.anchored, 'record')}, ${formatTime(store.anchor.anchoredAt)}`]] : []),
      ...store.consumers.map(({ name, acknowledged, lag }) => [`Consumer ${name}`, `has acknowledged up to event ${formatCount(acknowledged)}; ${plural(lag, 'event')} behind`]),
    ]
    : [];
}

function gapItem(gap) {
  return element('li', {},
    element('span', { class: 'shape', 'aria-hidden': 'true' }, '!'),
    element('div', {},
      element('p', { class: 'title' }, `Gap ${gap.number}, open since `, element('time', { datetime: gap.since })),
      element('p', {}, pathNode(placeOf(gap)), `: ${causeWords(gap.cause)}`)));
}

function rootItem(root) {
  return element('li', { class: root.isAvailable ? 'root' : 'root lost' },
    element('span', { class: 'shape', 'aria-hidden': 'true' }, root.isAvailable ? '✓' : '×'),
    pathNode(root.path),
    element('span', { class: 'source' }, root.isAvailable ? root.source : 'not watched'));
}
