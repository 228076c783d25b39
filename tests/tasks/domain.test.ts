import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  describeTask,
  describeTasks,
  hasEnded,
  isWaiting,
  mayFollow,
  TASK_STATES,
  type Task,
  type TaskState,
} from '@371os/plugin-tasks';
import { queueOf } from '../../plugins/plugin-tasks/src/domain/queue-name.ts';
import { outcomeSchema, storable } from '../../plugins/plugin-tasks/src/domain/outcome.ts';
import { findCircles, findRefusals } from '../../plugins/plugin-tasks/src/domain/refusals.ts';
import { retryDelayMs } from '../../plugins/plugin-tasks/src/domain/retry.ts';

const ALLOWED: Record<TaskState, readonly TaskState[]> = {
  SUBMITTED: ['WORKING', 'FAILED', 'CANCELED'],
  WORKING: [
    ...(['SUBMITTED', 'INPUT_REQUIRED', 'AUTH_REQUIRED'] as const),
    ...(['COMPLETED', 'FAILED', 'CANCELED', 'REJECTED'] as const),
  ],
  INPUT_REQUIRED: ['SUBMITTED', 'CANCELED'],
  AUTH_REQUIRED: ['SUBMITTED', 'CANCELED'],
  COMPLETED: [],
  FAILED: [],
  CANCELED: [],
  REJECTED: [],
};

describe('the states', () => {
  it.each(TASK_STATES.flatMap((from) => TASK_STATES.map((to) => ({ from, to }))))(
    '$from -> $to',
    ({ from, to }) => {
      expect(mayFollow(from, to)).toBe(ALLOWED[from].includes(to));
    },
  );

  it('end where nothing follows, and wait where only an answer or an end follows', () => {
    expect(TASK_STATES.filter(hasEnded)).toEqual(['COMPLETED', 'FAILED', 'CANCELED', 'REJECTED']);
    expect(TASK_STATES.filter(isWaiting)).toEqual(['INPUT_REQUIRED', 'AUTH_REQUIRED']);
  });

  it('can all end, and all but an ended one can be canceled', () => {
    for (const state of TASK_STATES) expect(mayFollow(state, 'CANCELED')).toBe(!hasEnded(state));
  });
});

describe('tasks that wait for one another', () => {
  const edges = (text: string) =>
    text.split(' ').map((part) => {
      const [id = '', needed = ''] = part.split('>');
      return { id, dependsOn: needed === '' ? [] : needed.split('') };
    });

  it.each([
    ['a b>a c>ab', ''],
    ['a>a', 'a'],
    ['a>b b>a', 'ab'],
    ['a>b b>c c>a d>a', 'abc'],
    ['a>b b>c c>b', 'bc'],
    ['a>x', ''],
  ])('%s: %s is a circle', (graph, circle) => {
    expect([...findCircles(edges(graph))].join('')).toBe(circle);
  });

  it('are refused when they name what is not there', () => {
    const known = (id: string): boolean => id === 'k';
    const refusals = findRefusals(
      [
        { id: 'a', dependsOn: ['k'] },
        { id: 'b', dependsOn: ['a', 'x'] },
        { id: 'c', dependsOn: [], parentId: 'y' },
        { id: 'd', dependsOn: ['d'] },
      ],
      known,
    );
    expect([...refusals.keys()]).toEqual(['b', 'c', 'd']);
    expect(refusals.get('b')).toMatch(/task x, and there is none/);
    expect(refusals.get('c')).toMatch(/task y/);
    expect(refusals.get('d')).toMatch(/waits for this one in turn/);
  });

  it('of which none is in a circle can be put in an order', () => {
    const graphs = fc.array(fc.uniqueArray(fc.nat(11), { maxLength: 4 }), { maxLength: 12 });
    fc.assert(
      fc.property(graphs, (graph) => {
        const tasks = graph.map((needed, id) => ({
          id: String(id),
          dependsOn: needed.filter((other) => other < graph.length).map(String),
        }));
        const circles = findCircles(tasks);
        // Once the circles are out of the way, the others can be done in turn.
        const done = new Set(circles);
        for (let round = 0; round < tasks.length; round += 1)
          for (const task of tasks)
            if (task.dependsOn.every((other) => done.has(other))) done.add(task.id);
        expect(done.size).toBe(tasks.length);
        // With a circle in the way, none of it ever is.
        const apart = new Set<string>();
        for (let round = 0; round < tasks.length; round += 1)
          for (const task of tasks)
            if (task.dependsOn.every((other) => apart.has(other))) apart.add(task.id);
        expect([...circles].filter((id) => apart.has(id))).toEqual([]);
      }),
    );
  });
});

describe('queues', () => {
  it('have names that pg-boss takes, a different one for each agent', () => {
    const agents = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), {
      minLength: 2,
      maxLength: 10,
    });
    fc.assert(
      fc.property(agents, (names) => {
        const queues = names.map(queueOf);
        for (const queue of queues) expect(queue).toMatch(/^[\w.\-/]+$/);
        expect(new Set(queues).size).toBe(names.length);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['CTO Zara', 'agent.CTO_20_Zara'],
    ['a_b', 'agent.a_5f_b'],
    ['Zoë', 'agent.Zo_eb_'],
  ])('%s is %s', (agent, queue) => {
    expect(queueOf(agent)).toBe(queue);
  });
});

describe('waiting for the next attempt', () => {
  it.each([
    [1, 0],
    [2, 2_000],
    [3, 8_000],
    [4, 32_000],
    [5, 60_000],
    [20, 60_000],
  ])('after %d failures: %d ms', (failures, delayMs) => {
    expect(retryDelayMs(failures)).toBe(delayMs);
  });
});

describe('an outcome', () => {
  it('is completed with what may be left out', () => {
    expect(outcomeSchema.parse({ state: 'COMPLETED', answer: 'so' })).toEqual({
      state: 'COMPLETED',
      answer: 'so',
      model: 'none',
      costPico: 0n,
    });
  });

  it.each([
    ['nothing', undefined],
    ['text', 'done'],
    ['an unknown state', { state: 'DONE', answer: '' }],
    ['a state that only others may set', { state: 'CANCELED', answer: '' }],
    ['no answer', { state: 'COMPLETED' }],
    ['money as a float', { state: 'COMPLETED', answer: '', costPico: 1.5 }],
    ['money below zero', { state: 'COMPLETED', answer: '', costPico: -1n }],
  ])('is not %s', (_what, outcome) => {
    expect(outcomeSchema.safeParse(outcome).success).toBe(false);
  });

  it('has text that the database can keep', () => {
    expect(storable('a\u0000b\ud800c')).toBe('ab\ufffdc');
  });
});

describe('a task in words', () => {
  const task: Task = {
    id: '3f0c1a52-0000-4000-8000-000000000000',
    agent: 'CTO Zara',
    text: 'The API\nanswers 502',
    state: 'WORKING',
    answer: '',
    model: 'none',
    costPico: 0n,
    reason: '',
    attempt: 1,
    failures: 0,
    maxAttempts: 3,
    timeoutMs: 1,
    priority: 5,
    dependsOn: [],
    requester: { id: 'owner', role: 'owner' },
    roomId: 'r',
    isConfidential: false,
    createdAt: 0,
    updatedAt: 0,
  };

  it.each<[Partial<Task>, string]>([
    [{}, '3f0c1a52 · WORKING · CTO Zara · The API answers 502'],
    [
      { state: 'COMPLETED', answer: 'long' },
      '3f0c1a52 · COMPLETED · CTO Zara · The API answers 502',
    ],
    [
      { state: 'FAILED', answer: 'It broke.' },
      '3f0c1a52 · FAILED · CTO Zara · The API answers 502\n  It broke.',
    ],
    [
      { state: 'INPUT_REQUIRED', waitingFor: 'a language-model' },
      '3f0c1a52 · INPUT_REQUIRED · CTO Zara · The API answers 502\n  It waits for a language-model.',
    ],
  ])('%j', (more, words) => {
    expect(describeTask({ ...task, ...more })).toBe(words);
  });

  it('is cut to what fits a line', () => {
    expect(describeTask({ ...task, text: 'x'.repeat(200) }).length).toBeLessThan(120);
    expect(describeTasks([])).toBe('There are no such tasks.');
  });
});
