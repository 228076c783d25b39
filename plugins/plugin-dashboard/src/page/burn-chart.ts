import uPlot from './uplot.js';
import type { BurnSeries } from './burn-series.ts';
import { dollars } from './words.ts';

const HEIGHT_PX = 220;

/** A chart of how a month's spending grows, where it leads, and what its cap is. */
export class BurnChart {
  readonly element = document.createElement('div');
  readonly #plot: uPlot;

  constructor() {
    this.element.className = 'chart';
    this.element.setAttribute('role', 'img');
    this.#plot = new uPlot(OPTIONS, [[], [], [], []], this.element);
    new ResizeObserver(() => {
      this.#fit();
    }).observe(this.element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#plot.redraw();
    });
  }

  /** @param words the same for those who do not see it */
  show({ moments, spent, forecast, cap }: BurnSeries, words: string): void {
    this.element.setAttribute('aria-label', words);
    this.#plot.setData([moments, spent, forecast, cap]);
  }

  #fit(): void {
    const { width } = this.element.getBoundingClientRect();
    if (width > 0) this.#plot.setSize({ width: Math.floor(width), height: HEIGHT_PX });
  }
}

// Read when it is drawn, since the colours are others by day and by night.
const colour = (name: string) => (): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const axis: uPlot.Axis = {
  stroke: colour('--soft'),
  grid: { stroke: colour('--line'), width: 1 },
  ticks: { stroke: colour('--line'), width: 1 },
  font: '12px system-ui, sans-serif',
};

const OPTIONS: uPlot.Options = {
  width: 600,
  height: HEIGHT_PX,
  legend: { show: false },
  cursor: { show: false },
  scales: { y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.1 : 1] } },
  axes: [
    { ...axis, values: (_plot, moments) => moments.map(dayOf) },
    { ...axis, size: 64, values: (_plot, amounts) => amounts.map((usd) => dollars(String(usd))) },
  ],
  series: [
    {},
    {
      stroke: colour('--accent'),
      fill: colour('--accent-wash'),
      width: 2,
      points: { show: false },
    },
    { stroke: colour('--accent'), width: 2, dash: [6, 5], points: { show: false } },
    { stroke: colour('--bad'), width: 1.5, dash: [2, 4], points: { show: false } },
  ],
};

function dayOf(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}
