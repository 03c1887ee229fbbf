import { askJson, forgetToken, hasToken, Unauthorized } from './agent.js';
import { element, setText } from './dom.js';
import { Drawer } from './drawer.js';
import { drawerContent, eventRow, exportEvents, findEvents, placeOf } from './events.js';
import { filesTable, showHosts, showIncidents } from './fleet.js';
import { plural } from './format.js';
import { addressOf, readPlace } from './place.js';
import { listenToSignIn } from './signin.js';

const $ = id => document.getElementById(id);
const fields = ['host', 'where', 'sha256', 'user', 'program', 'kind', 'from', 'to'];
const kinds = ['Created', 'Modified', 'Deleted', 'Renamed', 'AttributesChanged', 'Gap', 'RootLost', 'RootRestored', 'Started', 'Stopped', 'Recovered', 'ConfigurationChanged', 'Accepted'];

const drawer = new Drawer($('drawer'), () => go({ ...readPlace(), event: null }));

let session = null;
let next = '';
let shown = '';
let opened = null;

$('search').elements.kind.append(element('option', { value: '' }, 'Any'), ...kinds.map(kind => element('option', { value: kind }, kind)));

listenToSignIn($, { begin, askForToken });

$('search').addEventListener('submit', event => {
  event.preventDefault();
  go({ search: searchOfForm() });
});

$('reset').addEventListener('click', () => go({}));
$('older').addEventListener('click', () => go({ ...readPlace(), event: null, cursor: next }));
$('newest').addEventListener('click', () => go({ ...readPlace(), event: null, cursor: '' }));
$('csv').addEventListener('click', () => said(() => exportEvents(readPlace().search, 'csv')));
$('jsonl').addEventListener('click', () => said(() => exportEvents(readPlace().search, 'jsonl')));
$('files').addEventListener('click', () => said(async () => {
  $('files-result').replaceChildren(filesTable(await askJson(`/api/files?sha256=${encodeURIComponent(readPlace().search.sha256)}`)));
  $('files-result').hidden = false;
}));

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-place], a[data-view]');
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    history.pushState(null, '', link.getAttribute('href'));
    refresh();
  }
});

addEventListener('popstate', refresh);
begin();

function begin() {
  session?.abort();
  session = new AbortController();
  $('signin').hidden = true;
  $('content').hidden = false;
  $('signout').hidden = !hasToken();
  refresh();
  keepFresh(session.signal);
}

/** Asks again and again, never twice at once, and not while nobody looks. */
async function keepFresh(signal) {
  while (!signal.aborted) {
    await new Promise(done => setTimeout(done, 1000));
    if (!document.hidden && !signal.aborted) {
      await show(signal, false);
    }
  }
}

function go(place) {
  history.pushState(null, '', addressOf(place));
  refresh();
}

function refresh() {
  const place = readPlace();
  for (const view of ['events', 'hosts', 'incidents']) {
    $(`${view}-view`).hidden = place.view !== view;
    const link = document.querySelector(`a[data-view="${view}"]`);
    place.view === view ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
  }

  for (const name of fields) {
    $('search').elements[name].value = place.search[name];
  }

  $('files').hidden = !/^[0-9a-f]{64}$/i.test(place.search.sha256);
  $('files-result').hidden = true;
  setText($('message'), '');
  return show(session.signal, true);
}

async function show(signal, isNew) {
  try {
    const place = readPlace();
    await Promise.all([showFleet(place, signal), place.view === 'events' && showEvents(place, signal, isNew), showDrawer(place, signal)]);
    $('connection').dataset.state = 'live';
  } catch (error) {
    if (error instanceof Unauthorized) {
      const wasWrong = hasToken();
      forgetToken();
      askForToken(wasWrong ? 'The collector does not take this token.' : '');
    } else if (!signal.aborted) {
      $('connection').dataset.state = 'lost';
      setText($('connection'), 'No answer');
      setText($('message'), error.message);
    }
  }
}

async function showFleet(place, signal) {
  const [hosts, incidents] = await Promise.all([askJson('/api/hosts', signal), askJson('/api/incidents', signal)]);
  setText($('connection'), hosts.isReading ? 'Live' : 'The broker is not read');
  const open = incidents.incidents.filter(one => !one.until).length;
  $('open-incidents').hidden = open === 0;
  setText($('open-incidents'), `${open} open`);
  const names = [...new Set(hosts.journals.map(one => one.host))];
  setText($('hosts-count'), `${plural(names.length, 'host')}, ${plural(hosts.journals.length, 'journal')}`);
  if ($('host-names').childElementCount !== names.length) {
    $('host-names').replaceChildren(...names.map(name => element('option', { value: name })));
  }

  if (place.view === 'hosts') {
    showHosts($('hosts'), hosts);
  } else if (place.view === 'incidents') {
    showIncidents($('incidents'), incidents);
  }
}

async function showEvents(place, signal, isNew) {
  const page = await findEvents(place.search, place.cursor, signal);
  // Meanwhile another search may have begun.
  if (addressOf({ ...readPlace(), event: null }) !== addressOf({ ...place, event: null })) {
    return;
  }

  next = page.next ?? '';
  $('older').hidden = !page.next;
  $('newest').hidden = !place.cursor;
  const signature = JSON.stringify([page.events.map(placeOf), place.event]);
  if (signature !== shown || isNew) {
    shown = signature;
    const focused = document.activeElement?.closest('#events tr[data-event]')?.dataset.event;
    $('events').tBodies[0].replaceChildren(...page.events.map(record => eventRow(record, placeOf(record) === place.event, event => go({ ...readPlace(), event }))));
    if (focused) {
      document.querySelector(`#events tr[data-event="${focused}"] button`)?.focus();
    }
  }

  $('empty').hidden = page.events.length > 0;
  setText($('message'), '');
  setText($('count'), `${plural(page.events.length, 'event')}${page.next ? ', and older ones' : ''}`);
}

async function showDrawer(place, signal) {
  const isOpen = place.view === 'events' && place.event !== null;
  document.querySelector('.split').classList.toggle('with-drawer', isOpen);
  if (!isOpen) {
    const before = opened;
    opened = null;
    drawer.close();
    if (before && document.activeElement === document.body) {
      // The row may have been painted anew meanwhile.
      document.querySelector(`tr[data-event="${before}"] button`)?.focus();
    }
  } else if (opened !== place.event) {
    opened = place.event;
    try {
      const record = await askJson(`/api/events/${place.event}`, signal);
      drawer.show(...drawerContent(record, () => go({ ...readPlace(), event: null })));
    } catch (error) {
      opened = null;
      throw error;
    }
  }
}

function searchOfForm() {
  return Object.fromEntries(fields.map(name => [name, $('search').elements[name].value]));
}

async function said(task) {
  try {
    await task();
    setText($('message'), '');
  } catch (error) {
    setText($('message'), error.message);
  }
}

/** Nothing of what was seen stays behind the form. */
function askForToken(message) {
  session?.abort();
  shown = '';
  opened = null;
  $('events').tBodies[0].replaceChildren();
  drawer.close();
  $('hosts').replaceChildren();
  $('incidents').replaceChildren();
  $('hosts').signature = $('incidents').signature = undefined;
  $('host-names').replaceChildren();
  $('content').hidden = true;
  $('signout').hidden = true;
  $('signin').hidden = false;
  setText($('connection'), '');
  setText($('signin-message'), message);
  $('token').focus();
}
