import type { DrillLine, Metric, ResiliencePanel } from '../domain/panels.ts';
import { make } from './elements.ts';
import { facts } from './facts.ts';
import { keepChildren } from './keep-children.ts';
import { panelBody } from './panel-body.ts';
import { tableOf } from './tables.ts';
import { moment, span } from './words.ts';

const LEVEL_WORDS = { good: 'good', fair: 'fair', bad: 'needs care' } as const;

interface Part {
  readonly key: string;
  readonly data: unknown;
  readonly make: () => HTMLElement;
}

/** The mode, the three metrics, what they were computed from, and the last drill. */
export function resilienceView(): ReturnType<typeof panelBody<ResiliencePanel>> {
  const parts = make('div', { class: 'stack' });
  return panelBody<ResiliencePanel>('resilience', [parts], (panel) => {
    keepChildren(parts, partsOf(panel), {
      keyOf: ({ key }) => key,
      make: (part) => part.make(),
    });
  });
}

function partsOf(panel: ResiliencePanel): Part[] {
  const { mode, leader, classes, lastDrill, problems } = panel;
  const metrics = [
    ['Offline sync rate', panel.offlineSyncRate],
    ['Platform dependency risk', panel.platformDependencyRisk],
    ['Redundancy across communities', panel.crossCommunityRedundancy],
  ] as const;
  return [
    { key: 'mode', data: [mode, leader], make: () => modeOf(panel) },
    {
      key: 'metrics',
      data: metrics,
      make: () => make('ul', { class: 'tiles' }, ...metrics.map(metricOf)),
    },
    { key: 'drill', data: lastDrill, make: () => drillOf(lastDrill) },
    { key: 'classes', data: classes, make: () => classesOf(panel) },
    ...problems.map((problem, index) => ({
      ...{ key: `problem-${index}`, data: problem },
      make: () => make('p', { class: 'warning' }, problem),
    })),
  ];
}

function modeOf({ mode, leader }: ResiliencePanel): HTMLElement {
  const words = mode
    ? ` since ${moment(mode.sinceMs)}: ${mode.cause}`
    : ' Nothing switches the mode here.';
  const state = mode?.state ?? 'not known';
  return make(
    'p',
    {},
    make('span', { class: `badge mode-${mode?.state ?? 'unknown'}` }, `${state} mode`),
    words,
    leader !== null && make('span', { class: 'soft' }, ` · led by ${leader}`),
  );
}

function metricOf([name, metric]: readonly [string, Metric]): HTMLElement {
  const { value, level, words } = metric;
  return make(
    'li',
    { class: `tile ${level ?? ''}` },
    make('p', { class: 'soft' }, name),
    make('p', { class: 'figure' }, value ?? 'not known'),
    level !== null && make('p', { class: 'level' }, LEVEL_WORDS[level]),
    make('p', { class: 'soft' }, words),
  );
}

function drillOf(drill: DrillLine | null): HTMLElement {
  const title = make('h3', {}, 'Last drill');
  if (!drill)
    return make('div', {}, title, make('p', { class: 'note' }, 'Nothing was drilled yet.'));
  const { id, state, summary, outcome, atMs, detectionMs, recoveryMs } = drill;
  return make(
    'div',
    {},
    title,
    make('p', {}, make('span', { class: `badge ${state}` }, state), ` ${summary}`),
    facts([
      ['Drill', id],
      ['When', moment(atMs)],
      ['Noticed after', detectionMs === null ? null : span(detectionMs)],
      ['Recovered after', recoveryMs === null ? null : span(recoveryMs)],
      ['Outcome', outcome === '' ? null : outcome],
    ]),
  );
}

function classesOf({ classes }: ResiliencePanel): HTMLElement {
  const rows = classes.map(({ dependency, level, effectiveSuppliers, reasons }) => [
    dependency,
    level ?? 'not known',
    effectiveSuppliers === null ? 'not known' : effectiveSuppliers.toFixed(1),
    reasons.join(', '),
  ]);
  const head = ['It depends on a', 'Risk', 'Effective suppliers', 'Because'];
  const table = tableOf('What the company depends on', head, rows, [2]);
  return make('details', {}, make('summary', {}, 'What it depends on'), table);
}
