import type { QueuePanel, TaskLine } from '../domain/panels.ts';
import { make } from './elements.ts';
import { keepChildren } from './keep-children.ts';
import { panelBody } from './panel-body.ts';
import { counted, dollars, moment, plain, short } from './words.ts';

/** What is worked on or waits, and what has ended last. */
export function queueView(): ReturnType<typeof panelBody<QueuePanel>> {
  const summary = make('p', { class: 'soft' });
  const open = make('ul', { class: 'rows' });
  const ended = make('ul', { class: 'rows' });
  const folded = make(
    'details',
    { attributes: { open: '' } },
    make('summary', {}, 'Ended last'),
    ended,
  );
  const kept = { keyOf: ({ id }: TaskLine) => id, make: rowOf };
  return panelBody<QueuePanel>('queue', [summary, open, folded], (queue) => {
    summary.textContent = wordsOf(queue);
    keepChildren(open, queue.open, kept);
    keepChildren(ended, queue.ended, kept);
  });
}

function wordsOf({ open }: QueuePanel): string {
  if (open.length === 0) return 'Nothing is being worked on, and nothing waits.';
  const states = [...new Set(open.map(({ state }) => state))];
  const counts = states.map(
    (state) => `${open.filter((task) => task.state === state).length} ${plain(state)}`,
  );
  return `${counted(open.length, 'task')}: ${counts.join(', ')}.`;
}

function rowOf(task: TaskLine): HTMLElement {
  const { id, agent, text, state, waitingFor, attempt, requester, costUsd, createdAtMs } = task;
  const about = [
    `for ${requester}`,
    moment(createdAtMs),
    dollars(costUsd),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(waitingFor === null ? [] : [`waits for ${waitingFor}`]),
  ];
  return make(
    'li',
    {},
    make(
      'p',
      { class: 'title' },
      make('span', { class: `badge ${state}` }, plain(state)),
      make('strong', {}, agent),
      make('code', { class: 'soft', title: id }, short(id)),
    ),
    make('p', { class: text === null ? 'soft' : 'quote' }, text ?? 'A private request'),
    make('p', { class: 'soft' }, about.join(' · ')),
  );
}
