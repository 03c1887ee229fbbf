import { askJson, forgetToken, hasToken, Unauthorized } from './agent.js';
import { ChartsView } from './charts.js';
import { detailContent, findEvent, missingContent } from './detail.js';
import { DirectoriesView } from './directories.js';
import { safe, setText } from './dom.js';
import { Drawer } from './drawer.js';
import { nameOf } from './event-name.js';
import { EventsView } from './events.js';
import { HistoryView } from './history.js';
import { IncidentsView } from './incidents.js';
import { MonitorsView } from './monitors.js';
import { plain } from './names.js';
import { addressOf, readPlace } from './place.js';
import { SearchView } from './search.js';
import { listenToSignIn } from './signin.js';
import { EventStream } from './stream.js';
import { verdictOf, verdictWithoutAnswer } from './verdict.js';

const $ = id => document.getElementById(id);
const shapes = { good: '✓', warning: '!', bad: '×', unknown: '?' };
const hours = 24;
const views = ['now', 'search'];

const monitors = new MonitorsView($('monitors'));
const charts = new ChartsView({ events: $('chart-events'), latency: $('chart-latency'), table: $('series') });
const events = new EventsView({ table: $('events'), filter: $('filter'), pause: $('pause'), count: $('count'), empty: $('empty'), announce, open: openEvent });
const past = new HistoryView($('history'), hours);
const incidents = new IncidentsView({ container: $('incidents'), title: $('incidents-count'), hours, open: openEvent });
const directories = new DirectoriesView({ container: $('directories'), title: $('directories-when'), hours });
const search = new SearchView($, { go, open: openEvent, announce });
const drawer = new Drawer($('drawer'), closeEvent);

let session = null;
let lastAnswer = null;
let lastStatus = null;
let announced = '';
let opened = null;

begin();

listenToSignIn($, { begin, askForToken });

document.addEventListener('keydown', event => {
  const isTyping = event.target.closest('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey && !$('content').hidden && !$('now-view').hidden) {
    event.preventDefault();
    $('filter').focus();
  }
});

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-place]');
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    history.pushState(null, '', link.getAttribute('href'));
    showPlace();
  }
});

addEventListener('popstate', showPlace);

/** Asks and listens until the session ends: by signing out, or because the agent wants another token. */
function begin() {
  session?.abort();
  session = new AbortController();
  const { signal } = session;
  $('signin').hidden = true;
  $('content').hidden = false;
  $('signout').hidden = !hasToken();

  const stream = new EventStream({
    onEvent: event => {
      events.add(event);
      if (/"kind":"(Gap|RootLost|RootRestored)"/.test(event.data)) {
        askStatus();
        askPast();
      }
    },
    onState: showConnection,
    onUnauthorized: () => unauthorized(signal),
  });
  const askStatus = repeat(() => showAnswer(signal, stream), 2000, signal);
  repeat(() => quietly(signal, async () => charts.show(await askJson('/api/series?seconds=300', signal))), 2000, signal);
  const askPast = repeat(() => quietly(signal, async () => {
    const isRead = [await past.refresh(signal), await incidents.refresh(signal)].every(Boolean);
    // While a journal is read back, what is known of the past grows.
    return isRead ? 10_000 : 1_000;
  }), 10_000, signal);
  repeat(() => quietly(signal, () => directories.refresh(signal)), 120_000, signal);
  showPlace();
  const retry = () => document.hidden || stream.retryNow();
  signal.addEventListener('abort', () => stream.stop());
  addEventListener('online', retry, { signal });
  document.addEventListener('visibilitychange', retry, { signal });
  stream.run();
}

/** Runs the task now and then, never twice at once, and not while nobody looks; the task may say how soon again. Gives a function that runs it early. */
function repeat(task, milliseconds, signal) {
  let timer = 0;
  let isRunning = false;
  let again = false;
  const run = async () => {
    again = isRunning;
    if (isRunning || document.hidden || signal.aborted) {
      return;
    }

    isRunning = true;
    clearTimeout(timer);
    const pause = await task();
    isRunning = false;
    timer = setTimeout(run, again ? 0 : pause ?? milliseconds);
  };
  document.addEventListener('visibilitychange', run, { signal });
  run();
  return run;
}

async function showAnswer(signal, stream) {
  try {
    const status = await askJson('/api/status', signal);
    lastAnswer = new Date();
    if ($('content').classList.contains('stale')) {
      // It is back: its events need not wait for the end of the pause.
      stream.retryNow();
    }

    show(status);
  } catch (error) {
    if (error instanceof Unauthorized) {
      unauthorized(signal);
    } else if (!signal.aborted) {
      showVerdict(verdictWithoutAnswer(lastAnswer));
      $('content').classList.add('stale');
    }
  }
}

/** What is known of the time before this start, of the monitor of a name: for the details of what was found offline. */
function runOf(name) {
  const monitor = lastStatus?.monitors.find(one => one.name === (name ?? lastStatus.monitors[0]?.name));
  return { lastRan: monitor?.restart?.lastRan, startedAt: lastStatus?.agent.startedAt };
}

function show(status) {
  lastStatus = status;
  $('content').classList.remove('stale');
  showVerdict(verdictOf(status), JSON.stringify(status.monitors.map(({ name, status, openGaps }) => [name, status, openGaps.map(gap => gap.number)])));
  monitors.show(status.monitors);
  search.showMonitors(status.monitors.map(monitor => monitor.name));
  for (const table of [$('events'), $('found')]) {
    table.classList.toggle('one-monitor', status.monitors.length < 2);
  }

  setText($('agent'), plain(`${status.agent.host}, version ${status.agent.version}`));
}

/** Anything but a wrong token: the status is asked at the same time, and says it in words. */
async function quietly(signal, task) {
  try {
    return await task();
  } catch (error) {
    if (error instanceof Unauthorized) {
      unauthorized(signal);
    }

    return undefined;
  }
}

function go(place) {
  history.pushState(null, '', addressOf(place));
  showPlace();
}

/** Shows what the address says. */
async function showPlace() {
  const place = readPlace();
  const { signal } = session;
  for (const view of views) {
    $(`${view}-view`).hidden = place.view !== view;
    const link = document.querySelector(`nav a[data-view="${view}"]`);
    place.view === view ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
  }

  $('skip').textContent = place.view === 'now' ? 'Skip to the latest events' : 'Skip to the search';
  $('skip').href = place.view === 'now' ? '#filter' : '#search';
  await Promise.all([
    place.view === 'search' && quietly(signal, () => search.show(place, signal)),
    quietly(signal, () => showEvent(place.event, signal)),
  ]);
}

/** Opens the details of an event, and closes them when they are open already. */
function openEvent(event) {
  const name = nameOf(event);
  const { event: shown, ...place } = readPlace();
  if (shown && nameOf(shown) === name) {
    closeEvent();
    return;
  }

  opened = event.kind ? event : null;
  go({ ...place, event });
}

function closeEvent() {
  go({ ...readPlace(), event: null });
}

async function showEvent(name, signal) {
  if (name === null) {
    opened = null;
    drawer.close();
    return;
  }

  const event = opened && nameOf(opened) === nameOf(name) ? opened : await findEvent(name, signal);
  if (nameOf(readPlace().event ?? {}) === nameOf(name)) {
    drawer.show(...event ? detailContent(event, runOf(event.monitor), closeEvent) : missingContent(closeEvent));
  }
}

function showVerdict(verdict, topic = '') {
  $('verdict').dataset.level = verdict.level;
  setText($('verdict-shape'), shapes[verdict.level]);
  setText($('headline'), verdict.headline);
  const line = plain(verdict.line);
  if ($('line').title !== line) {
    $('line').title = line;
    $('line').replaceChildren(safe(verdict.line));
  }

  document.title = `${verdict.headline} - FileMonitor`;
  // Numbers and ages in the line change all the time; only another verdict, or another trouble, is worth interrupting somebody.
  if (announced !== verdict.headline + topic) {
    announced = verdict.headline + topic;
    announce(`${verdict.headline}. ${line}`);
  }
}

function showConnection({ state, seconds, refusal }) {
  $('connection').dataset.state = state;
  setText($('connection'), state === 'live' ? 'Live' : state === 'connecting' ? 'Connecting' : `${plain(refusal) || 'No connection.'} Next attempt in ${seconds} s.`);
}

function unauthorized(signal) {
  if (signal === session?.signal && !signal.aborted) {
    const wasWrong = hasToken();
    forgetToken();
    askForToken(wasWrong ? 'The agent does not take this token.' : '');
  }
}

/** Nothing of what was seen stays behind the form. */
function askForToken(message) {
  session?.abort();
  events.clear();
  monitors.clear();
  charts.clear();
  past.clear();
  incidents.clear();
  directories.clear();
  search.clear();
  opened = null;
  drawer.close();
  lastAnswer = null;
  lastStatus = null;
  showVerdict({ level: 'unknown', headline: 'Asking the agent', line: '' });
  announced = '';
  announce('');
  $('content').hidden = true;
  $('signout').hidden = true;
  $('signin').hidden = false;
  setText($('agent'), '');
  setText($('connection'), '');
  setText($('signin-message'), message);
  document.title = 'Token needed - FileMonitor';
  $('token').focus();
}

function announce(words) {
  $('announcement').textContent = words;
}
