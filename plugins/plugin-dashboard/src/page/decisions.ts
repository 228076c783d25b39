import type { DecisionLine, DecisionsPanel } from '../domain/panels.ts';
import { make } from './elements.ts';
import { keepChildren } from './keep-children.ts';
import { panelBody } from './panel-body.ts';
import { tableOf } from './tables.ts';
import { counted, dollars, moment, plain } from './words.ts';

/** Why requests went where they went. */
export function decisionsView(): ReturnType<typeof panelBody<DecisionsPanel>> {
  const none = make('p', { class: 'note' }, 'Nobody has asked for anything yet.');
  const list = make('ul', { class: 'rows' });
  return panelBody<DecisionsPanel>('decisions', [list, none], ({ decisions }) => {
    none.hidden = decisions.length > 0;
    keepChildren(list, decisions, { keyOf: ({ taskId }) => taskId, make: rowOf });
  });
}

function rowOf(decision: DecisionLine): HTMLElement {
  const { text, agent, reason, state, costUsd, requester, atMs, candidates, calls } = decision;
  const about = [`for ${requester}`, ...(atMs === null ? [] : [moment(atMs)]), dollars(costUsd)];
  return make(
    'li',
    {},
    make(
      'p',
      { class: 'title' },
      make('span', { class: `badge ${state}` }, plain(state)),
      make('strong', {}, agent),
    ),
    make('p', { class: text === null ? 'soft' : 'quote' }, text ?? 'A private request'),
    make('p', {}, `Because ${reason}.`),
    make('p', { class: 'soft' }, about.join(' · ')),
    candidates.length > 0 && candidatesOf(decision),
    calls.length > 0 && callsOf(decision),
  );
}

function candidatesOf({ candidates, agent }: DecisionLine): HTMLElement {
  const rows = candidates.map((one) => [
    `${one.agent} (${one.role})`,
    one.score.toFixed(2),
    one.availability,
    one.usdPerTask === null ? 'not known' : dollars(one.usdPerTask),
    one.verdict,
  ]);
  const head = ['Agent', 'Likeness', 'Availability', 'A task costs', 'Verdict'];
  const table = tableOf(`Candidates beside ${agent}`, head, rows, [1, 3]);
  return make('details', {}, make('summary', {}, counted(candidates.length, 'candidate')), table);
}

function callsOf({ calls, agent }: DecisionLine): HTMLElement {
  const rows = calls.map(({ model, reason, status, costUsd }) => [
    ...[model, reason, status, dollars(costUsd)],
  ]);
  const table = tableOf(`Model calls of ${agent}`, ['Model', 'Why', 'Status', 'Cost'], rows, [3]);
  return make('details', {}, make('summary', {}, counted(calls.length, 'model call')), table);
}
