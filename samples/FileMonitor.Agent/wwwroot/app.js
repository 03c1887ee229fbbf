import { askJson, forgetToken, hasToken, Unauthorized } from './agent.js';
import { ChartsView } from './charts.js';
import { safe, setText } from './dom.js';
import { EventsView } from './events.js';
import { MonitorsView } from './monitors.js';
import { plain } from './names.js';
import { listenToSignIn } from './signin.js';
import { EventStream } from './stream.js';
import { verdictOf, verdictWithoutAnswer } from './verdict.js';

const $ = id => document.getElementById(id);
const shapes = { good: '✓', warning: '!', bad: '×', unknown: '?' };

const monitors = new MonitorsView($('monitors'));
const charts = new ChartsView({ events: $('chart-events'), latency: $('chart-latency'), table: $('series') });
const events = new EventsView({ table: $('events'), filter: $('filter'), pause: $('pause'), count: $('count'), empty: $('empty'), announce, runOf });

let session = null;
let lastAnswer = null;
let lastStatus = null;
let announced = '';

begin();

listenToSignIn($, { begin, askForToken });

document.addEventListener('keydown', event => {
  const isTyping = event.target.closest('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey && !$('content').hidden) {
    event.preventDefault();
    $('filter').focus();
  }
});

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
      }
    },
    onState: showConnection,
    onUnauthorized: () => unauthorized(signal),
  });
  const askStatus = repeat(() => showAnswer(signal, stream), 2000, signal);
  repeat(() => showSeries(signal), 2000, signal);
  const retry = () => document.hidden || stream.retryNow();
  signal.addEventListener('abort', () => stream.stop());
  addEventListener('online', retry, { signal });
  document.addEventListener('visibilitychange', retry, { signal });
  stream.run();
}

/** Runs the task now and then, never twice at once, and not while nobody looks. Gives a function that runs it early. */
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
    await task();
    isRunning = false;
    timer = setTimeout(run, again ? 0 : milliseconds);
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

/** What is known of the time before this start, of the monitor of a name. */
function runOf(name) {
  const monitor = lastStatus?.monitors.find(one => one.name === (name ?? lastStatus.monitors[0]?.name));
  return { lastRan: monitor?.restart?.lastRan, startedAt: lastStatus?.agent.startedAt };
}

function show(status) {
  lastStatus = status;
  $('content').classList.remove('stale');
  showVerdict(verdictOf(status), JSON.stringify(status.monitors.map(({ name, status, openGaps }) => [name, status, openGaps.map(gap => gap.number)])));
  monitors.show(status.monitors);
  $('events').classList.toggle('one-monitor', status.monitors.length < 2);
  setText($('agent'), plain(`${status.agent.host}, version ${status.agent.version}`));
}

async function showSeries(signal) {
  try {
    charts.show(await askJson('/api/series?seconds=300', signal));
  } catch (error) {
    if (error instanceof Unauthorized) {
      unauthorized(signal);
    }
    // Anything else: the status is asked at the same time, and says it in words.
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
