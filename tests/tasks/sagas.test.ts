import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { BaseError, cutOff, refuseCutOff } from '@371os/kernel';
import {
  saga,
  SagaBusyError,
  SagaStuckError,
  SagaUndoneError,
  StoppingError,
  type Json,
  type SagaContext,
  type SagaStep,
} from '@371os/plugin-tasks';
import { eventually } from '../support/eventually.ts';
import { startTasksAgent, taskFor, type TasksAgent } from './agent-fixture.ts';

let agent: TasksAgent;
beforeAll(async () => {
  agent = await startTasksAgent();
});
afterAll(() => agent.runtime.stop());

class NoBidsError extends BaseError {
  constructor() {
    super('Nobody offered to host it.');
  }
}

/** Steps that say what was done with them, in order. */
class Diary {
  readonly lines: string[] = [];
  readonly keys = new Set<string>();

  step(name: string, more: Partial<SagaStep> = {}): SagaStep {
    return {
      name,
      do: (context) => {
        this.#note(`do ${name}`, context);
        return more.do?.(context) ?? `${name} done`;
      },
      undo: async (context) => {
        this.#note(
          `undo ${name} ${typeof context.result === 'string' ? context.result : 'without result'}`,
          context,
        );
        await more.undo?.(context);
      },
    };
  }

  #note(line: string, { idempotencyKey }: SagaContext): void {
    this.lines.push(line);
    this.keys.add(idempotencyKey);
  }
}

const fail = (): never => {
  throw new NoBidsError();
};

async function execute(statement: string): Promise<unknown[]> {
  const database = agent.runtime.db as { execute(query: unknown): Promise<{ rows: unknown[] }> };
  return (await database.execute(sql.raw(statement))).rows;
}

describe('a saga', () => {
  it('is left as it is by a process that is being stopped, and the next one goes on', async () => {
    const diary = new Diary();
    let isStopping = true;
    const steps = [
      diary.step('reserve'),
      diary.step('deploy', {
        do: () => {
          if (isStopping) throw new StoppingError();
          return 'deployed';
        },
      }),
    ];
    const once = { id: 'stopped in the middle', steps };
    await expect(saga(agent.tasks, once)).rejects.toThrow(StoppingError);
    isStopping = false;
    expect(await saga(agent.tasks, once)).toEqual({ reserve: 'reserve done', deploy: 'deployed' });
    expect(diary.lines).toEqual(['do reserve', 'do deploy', 'do deploy']);
  });

  it('does its steps in order, once, and gives its results to whoever asks again', async () => {
    const diary = new Diary();
    const seen: Record<string, Json | undefined>[] = [];
    const steps = [
      diary.step('reserve'),
      diary.step('deploy', {
        do: ({ results }) => {
          seen.push({ ...results });
          return { lease: 7 };
        },
      }),
    ];
    const results = { reserve: 'reserve done', deploy: { lease: 7 } };
    expect(await saga(agent.tasks, { id: 'host:1', steps })).toEqual(results);
    expect(await saga(agent.tasks, { id: 'host:1', steps })).toEqual(results);
    expect(diary.lines).toEqual(['do reserve', 'do deploy']);
    expect([...diary.keys]).toEqual(['saga:host:1/reserve', 'saga:host:1/deploy']);
    expect(seen).toEqual([{ reserve: 'reserve done', deploy: undefined }]);
  });

  it('is undone in reverse when a step fails, the failed one first, and stays so', async () => {
    const diary = new Diary();
    const steps = [
      diary.step('reserve'),
      diary.step('register'),
      diary.step('deploy', { do: fail }),
      diary.step('announce'),
    ];
    const undone = {
      name: 'SagaUndoneError',
      message: 'Nobody offered to host it. All that had been done for host:2 has been undone.',
    };
    await expect(saga(agent.tasks, { id: 'host:2', steps })).rejects.toMatchObject(undone);
    await expect(saga(agent.tasks, { id: 'host:2', steps })).rejects.toMatchObject(undone);
    expect(diary.lines).toEqual([
      ...['do reserve', 'do register', 'do deploy', 'undo deploy without result'],
      ...['undo register register done', 'undo reserve reserve done'],
    ]);
    await expect(saga(agent.tasks, { id: 'host:2', steps })).rejects.toThrow(SagaUndoneError);
  });

  it('that cannot be undone says so, and is undone when it is carried out again', async () => {
    const diary = new Diary();
    let isChainUp = false;
    const steps = [
      diary.step('reserve'),
      diary.step('register', {
        undo: () => {
          if (!isChainUp) throw new TypeError('chain down');
        },
      }),
      diary.step('deploy', { do: fail }),
    ];
    await expect(saga(agent.tasks, { id: 'host:3', steps })).rejects.toMatchObject({
      name: 'SagaStuckError',
      isRetryable: true,
      message:
        'Nobody offered to host it. Undoing the step "register" of host:3 failed, too: it must be tried again.',
    });
    await expect(saga(agent.tasks, { id: 'host:3', steps })).rejects.toThrow(SagaStuckError);
    isChainUp = true;
    await expect(saga(agent.tasks, { id: 'host:3', steps })).rejects.toThrow(SagaUndoneError);
    expect(diary.lines.filter((line) => line.startsWith('undo register'))).toHaveLength(3);
    expect(diary.lines.filter((line) => line.startsWith('undo deploy'))).toHaveLength(1);
    expect(diary.lines.filter((line) => line.startsWith('undo reserve'))).toHaveLength(1);
  });

  it('is carried out by one at a time', async () => {
    const diary = new Diary();
    const { promise, resolve } = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<undefined>();
    const steps = [
      diary.step('wait', {
        do: () => {
          begun.resolve(undefined);
          return promise;
        },
      }),
    ];
    const first = saga(agent.tasks, { id: 'host:4', steps });
    await begun.promise;
    await expect(saga(agent.tasks, { id: 'host:4', steps })).rejects.toThrow(SagaBusyError);
    expect(await agent.tasks.listAbandonedSagas('host:4')).toEqual([]);
    resolve('there');
    expect(await first).toEqual({ wait: 'there' });
  });

  it('whose holder is gone is gone on with, and the old holder changes nothing more', async () => {
    const diary = new Diary();
    const { promise, resolve } = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<undefined>();
    let isFirst = true;
    const repeated: boolean[] = [];
    const steps = [
      diary.step('reserve'),
      diary.step('deploy', {
        do: ({ isRepeated }) => {
          repeated.push(isRepeated);
          if (!isFirst) return 'by the second';
          isFirst = false;
          begun.resolve(undefined);
          return promise;
        },
      }),
      diary.step('announce'),
    ];
    const old = saga(agent.tasks, { id: 'host:5', steps });
    await begun.promise;
    await execute(`UPDATE tasks.sagas SET leased_until = now() WHERE id = 'host:5'`);
    expect(await agent.tasks.listAbandonedSagas('host:')).toEqual(['host:5']);
    expect(await saga(agent.tasks, { id: 'host:5', steps })).toMatchObject({
      deploy: 'by the second',
    });
    resolve('by the first');
    await expect(old).rejects.toMatchObject({ code: 'LOST_TASK' });
    expect(diary.lines).toEqual(['do reserve', 'do deploy', 'do deploy', 'do announce']);
    expect(repeated).toEqual([false, true]);
    expect(await saga(agent.tasks, { id: 'host:5', steps })).toMatchObject({
      deploy: 'by the second',
    });
  });

  it('whose step returns what cannot be kept is undone', async () => {
    const diary = new Diary();
    const steps = [diary.step('count', { do: () => 1n as never })];
    await expect(saga(agent.tasks, { id: 'host:6', steps })).rejects.toThrow(
      /^The step "count" returned what JSON cannot hold.* has been undone\.$/,
    );
    expect(diary.lines).toEqual(['do count', 'undo count without result']);
  });
});

describe('work in the internet while nothing there is used', () => {
  const ASK = { do: () => (refuseCutOff('https://node.example', 'the node'), 'asked') };

  const CASES: [where: string, parts: Record<string, Partial<SagaStep>>, lines: string[]][] = [
    ['in a step', { 'a step': ASK }, ['do a step', 'do a step']],
    [
      'in what undoes one',
      { 'a step': { undo: () => void ASK.do() }, last: { do: fail } },
      [
        'do a step',
        'do last',
        'undo last without result',
        'undo a step a step done',
        'undo a step a step done',
      ],
    ],
  ];

  it.each(CASES)(
    'waits %s, with nothing undone for it, and goes on by itself',
    async (name, parts, lines) => {
      const diary = new Diary();
      const steps = Object.entries(parts).map(([step, more]) => diary.step(step, more));
      const end = await agent.tasks.work(name, async () => {
        await saga(agent.tasks, { id: `cut off ${name}`, steps }).catch((error: unknown) => {
          if (!(error instanceof SagaUndoneError)) throw error;
        });
        return { state: 'COMPLETED', answer: 'Done.' };
      });
      cutOff.set('this node is in backup mode');
      try {
        const { id } = await agent.tasks.submit(taskFor(name));
        expect(await agent.tasks.waitFor(id)).toMatchObject({
          ...{ state: 'INPUT_REQUIRED', waitingFor: 'internet' },
          answer: expect.stringMatching(
            /^The node cannot be reached now: this node is in backup mode/,
          ),
        });
        cutOff.set(undefined);
        await eventually(async () => {
          expect(await agent.tasks.get(id)).toMatchObject({ state: 'COMPLETED', answer: 'Done.' });
        });
        expect(diary.lines).toEqual(lines);
      } finally {
        cutOff.set(undefined);
        await end();
      }
    },
  );
});
