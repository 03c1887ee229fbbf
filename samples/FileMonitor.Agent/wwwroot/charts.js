import { element, setText } from './dom.js';
import { formatCompact, formatCount, formatMilliseconds, formatMinute, formatSecond } from './format.js';

const { uPlot } = globalThis;

/** The numbers of /api/series as words and as a table: what a chart shows to those who see it. */
export function describe(series) {
  const { events, latencyP50Ms: p50, latencyP99Ms: p99 } = series;
  const total = events.reduce((sum, count) => sum + count, 0);
  const span = `${Math.round(events.length / 60)} minutes`;
  return {
    events: total === 0
      ? `No events in the last ${span}.`
      : `Now ${formatCount(events.at(-1))}, at most ${formatCount(Math.max(...events))}; ${formatCount(total)} in the last ${span}.`,
    latency: total === 0
      ? `Nothing to measure in the last ${span}.`
      : `Half within ${formatMilliseconds(latest(p50))}, 99 of 100 within ${formatMilliseconds(latest(p99))}; worst second ${formatMilliseconds(largest(p99))}.`,
    minutes: minutes(series),
  };
}

function minutes({ end, events, latencyP50Ms, latencyP99Ms }) {
  const rows = [];
  for (let to = events.length; to > 0; to -= 60) {
    const from = Math.max(0, to - 60);
    rows.push({
      until: end - (events.length - to),
      events: events.slice(from, to).reduce((sum, count) => sum + count, 0),
      p50: largest(latencyP50Ms.slice(from, to)),
      p99: largest(latencyP99Ms.slice(from, to)),
    });
  }

  return rows;
}

const latest = values => values.findLast(value => value !== null) ?? null;

const largest = values => values.reduce((most, value) => value !== null && (most === null || value > most) ? value : most, null);

/** Two charts, their words, and a table for those who do not see charts. */
export class ChartsView {
  #events;
  #latency;
  #table;

  constructor({ events, latency, table }) {
    this.#events = new Chart(events, {
      series: [{ color: '--chart-1', fill: '--chart-1-fill' }],
      minimum: 5,
      axis: formatCompact,
      point: ([count]) => `${formatCount(count ?? 0)} per second`,
    });
    this.#latency = new Chart(latency, {
      series: [{ color: '--chart-2' }, { color: '--chart-3' }],
      minimum: 10,
      axis: formatMilliseconds,
      point: ([p50, p99]) => p50 === null || p50 === undefined ? 'no events' : `half within ${formatMilliseconds(p50)}, 99 of 100 within ${formatMilliseconds(p99)}`,
    });
    this.#table = table;
    document.addEventListener('themechange', () => {
      this.#events.redraw();
      this.#latency.redraw();
    });
  }

  clear() {
    this.#events.show([[], []], '');
    this.#latency.show([[], [], []], '');
    this.#table.replaceChildren();
  }

  show(series) {
    const times = series.events.map((_, at) => series.end - series.events.length + 1 + at);
    const described = describe(series);
    this.#events.show([times, series.events], described.events);
    this.#latency.show([times, series.latencyP50Ms, series.latencyP99Ms], described.latency);
    this.#table.replaceChildren(...described.minutes.map(minute => element('tr', {},
      element('th', { scope: 'row' }, formatMinute(minute.until)),
      ...[formatCount(minute.events), formatMilliseconds(minute.p50), formatMilliseconds(minute.p99)].map(text => element('td', {}, text)))));
  }
}

class Chart {
  #place;
  #caption;
  #plot;
  #words = '';

  constructor(figure, { series, minimum, axis, point }) {
    this.#place = figure.querySelector('.plot');
    this.#caption = figure.querySelector('.reading');
    const color = name => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const line = { stroke: color('--muted'), grid: { stroke: color('--grid'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
    this.#plot = new uPlot({
      ...this.#size(),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { y: { range: (_, __, largestValue) => [0, Math.max(minimum, (largestValue ?? 0) * 1.1)] } },
      axes: [
        { ...line, incrs: [60, 120, 300], space: 60, values: (_, splits) => splits.map(formatMinute), size: 28 },
        { ...line, space: 36, values: (_, splits) => splits.map(value => axis(value)), size: 62 },
      ],
      series: [{}, ...series.map(one => ({
        stroke: color(one.color),
        fill: one.fill && color(one.fill),
        width: 2,
        // A second with events between two without would be a line without length: a point shows it.
        points: { show: one.fill === undefined, size: 4, fill: color(one.color) },
      }))],
      hooks: { setCursor: [plot => this.#read(plot, point)] },
    }, series.map(() => []).concat([[]]), this.#place);
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(this.#place);
  }

  show(data, words) {
    this.#words = words;
    this.#plot.setData(data);
    if (this.#plot.cursor.idx === null || this.#plot.cursor.idx === undefined) {
      setText(this.#caption, words);
    }
  }

  redraw() {
    this.#plot.redraw(false);
  }

  #read(plot, point) {
    const at = plot.cursor.idx;
    const isOver = at !== null && at !== undefined && plot.data[0]?.[at] !== undefined;
    setText(this.#caption, isOver ? `${formatSecond(plot.data[0][at])}: ${point(plot.data.slice(1).map(values => values[at]))}` : this.#words);
  }

  #size() {
    return { width: Math.max(200, this.#place.clientWidth), height: 170 };
  }
}
