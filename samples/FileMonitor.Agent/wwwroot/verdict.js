import { formatAge, formatTime, plural } from './format.js';
import { causeWords, monitorName, sentence } from './words.js';

/** The overall state in plain words: { level: good|warning|bad|unknown, headline, line }. */
export function verdictOf(status) {
  const monitors = status.monitors ?? [];
  if (monitors.length === 0) {
    return { level: 'warning', headline: 'Nothing is watched', line: 'No monitor is configured. Add one to the section FileMonitor:Monitors.' };
  }

  const troubled = monitors.filter(monitor => monitor.status !== 'Healthy');
  const gaps = monitors.reduce((sum, monitor) => sum + (monitor.openGaps?.length ?? 0), 0);
  if (status.status === 'Unhealthy') {
    const broken = monitors.filter(monitor => monitor.status === 'Unhealthy');
    return { level: 'bad', headline: 'Not working', line: worst(broken, monitors.length, 'not working') };
  }

  if (troubled.length > 0 && troubled.every(monitor => monitor.state === 'Starting' || monitor.state === 'Created')) {
    return { level: 'warning', headline: 'Starting', line: `${watched(monitors)} What is there is being read.` };
  }

  if (gaps > 0) {
    const line = gaps === 1 ? onlyGap(monitors.flatMap(monitor => monitor.openGaps)[0]) : `${plural(gaps, 'gap')} are open; see below.`;
    return { level: 'warning', headline: 'Something may be missing', line };
  }

  if (status.status !== 'Healthy' || troubled.length > 0) {
    return { level: 'warning', headline: 'Needs attention', line: worst(troubled, monitors.length, 'in need of attention') };
  }

  return { level: 'good', headline: 'All is well', line: watched(monitors) };
}

/** What to say when the agent gives no answer: what is on the page is old, and green would be a lie. */
export function verdictWithoutAnswer(lastAnswer, now = new Date()) {
  const line = lastAnswer
    ? `What you see below is from ${formatAge(lastAnswer, now)}. Look whether the agent runs, and whether this machine reaches it.`
    : 'Look whether the agent runs, and whether this machine reaches it.';
  return { level: 'unknown', headline: 'The agent does not answer', line };
}

/** "2 monitors watch 3 roots, 12,345 items." */
export function watched(monitors) {
  const roots = monitors.reduce((sum, monitor) => sum + (monitor.roots?.length ?? 0), 0);
  const items = monitors.reduce((sum, monitor) => sum + (monitor.knownItems ?? 0), 0);
  const verb = monitors.length === 1 ? 'watches' : 'watch';
  return `${plural(monitors.length, 'monitor')} ${verb} ${plural(roots, 'root')}, ${plural(items, 'item')}.`;
}

/**
 * What is wrong with a monitor, the worst first, each said once: { level, title, place?, since?, text? }. Title and text may hold names.
 */
export function problemsOf(monitor) {
  const problems = [];
  const openGaps = monitor.openGaps ?? [];
  for (const root of monitor.roots ?? []) {
    const gap = openGaps.find(open => open.cause === 'RootLost' && open.root === root.path);
    if (!root.isAvailable) {
      problems.push({ level: 'bad', title: 'This root is not watched', place: root.path, since: gap?.since, number: gap?.number, text: root.problem ?? gap?.detail });
    } else if (root.sourceReason) {
      problems.push({ level: 'warning', title: `Watched by ${root.source}, not as asked for`, place: root.path, text: root.sourceReason });
    }
  }

  for (const gap of openGaps.filter(gap => !problems.some(problem => problem.number === gap.number))) {
    const place = gap.relativePath ? `${gap.root}/${gap.relativePath}` : gap.root;
    problems.push({ level: 'warning', title: `Something may be missing: ${causeWords(gap.cause)}`, place, since: gap.since, number: gap.number, text: gap.detail });
  }

  for (const sink of (monitor.sinks ?? []).filter(sink => sink.isFailing)) {
    const numbers = `${plural(sink.dropped, 'event')} dropped, ${plural(sink.buffered, 'event')} waiting.`;
    problems.push({ level: 'warning', title: `The sink ${sink.name} fails`, text: sink.lastError ? `${sink.lastError.replace(/\.?$/, '.')} ${numbers}` : numbers });
  }

  const lagging = (monitor.readers ?? []).filter(reader => reader.isLagging);
  if (lagging.length > 0) {
    const skipped = lagging.reduce((sum, reader) => sum + reader.skipped, 0);
    problems.push({ level: 'warning', title: `${plural(lagging.length, 'reader')} cannot keep up`, text: `${plural(skipped, 'event')} left out so far. Only that reader misses them; its own gap says which.` });
  }

  // What is said above is not said again.
  const said = degradation => openGaps.some(gap => degradation.includes(gap.detail))
    || (monitor.sinks ?? []).some(sink => sink.isFailing && degradation.startsWith(`Sink ${sink.name} fails`))
    || problems.some(problem => problem.text && degradation.includes(problem.text));
  for (const degradation of (monitor.degradations ?? []).filter(degradation => !said(degradation))) {
    problems.push({ level: 'warning', title: 'Degraded', text: degradation });
  }

  return [...problems.filter(problem => problem.level === 'bad'), ...problems.filter(problem => problem.level !== 'bad')];
}

function worst(monitors, all, words) {
  if (monitors.length === 1) {
    const [monitor] = monitors;
    return `${monitorName(monitor.name)}: ${monitor.description || `${words}.`}`;
  }

  return monitors.length === 0 ? 'See below.' : `${monitors.length} of ${plural(all, 'monitor')} are ${words}; see below.`;
}

function onlyGap(gap) {
  const place = gap.relativePath ? `${gap.root}/${gap.relativePath}` : gap.root;
  return `Below ${place} since ${formatTime(gap.since)}: ${causeWords(gap.cause)}. What you have of it may be old until the gap is closed.`;
}
