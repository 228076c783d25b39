// A process of its own that works on tasks: `tasks-worker.ts JSON`, where JSON has the place of the
// database, the worker's name, and where it stops to wait. It says on stdout, a line each, what it
// does, and appends what has an effect outside to a file.
import { flushCompileCache } from 'node:module';
import { appendFileSync } from 'node:fs';
import { hasEnded, saga, type TaskContext } from '@371os/plugin-tasks';
import { startTasksAgent, startTasksOnPostgres, taskFor } from '../tasks/agent-fixture.ts';

interface Order {
  readonly dataDir?: string;
  readonly postgresUrl?: string;
  readonly name: string;
  /** The file that effects are written to. */
  readonly effects: string;
  /** After which step it waits for ever, or until it is told that its work is over. */
  readonly hangAfter?: string;
  /** Submits a task with this id. */
  readonly submits?: string;
  /** Carries out a saga instead of tasks. */
  readonly saga?: string;
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const { dataDir = 'memory://', postgresUrl, name, effects, hangAfter } = order;
const { tasks } = postgresUrl
  ? await startTasksOnPostgres({ postgresUrl }, name)
  : await startTasksAgent({ dataDir }, {}, name);

function effect(what: string): string {
  appendFileSync(effects, `${name} ${what}\n`);
  return `${what} by ${name}`;
}

async function pause(step: string, signal: AbortSignal): Promise<void> {
  if (step !== hangAfter) return;
  say(`hangs after ${step}`);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  say(`told ${(signal.reason as { code?: string }).code ?? 'nothing'}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function work({ step, signal, attempt }: TaskContext): Promise<string> {
  const done: string[] = [];
  for (const part of ['one', 'two', 'three']) {
    done.push(await step(part, ({ idempotencyKey }) => effect(`${part} ${idempotencyKey}`)));
    await pause(part, signal);
  }
  return `attempt ${attempt} by ${name}: ${String(done.length)}`;
}

flushCompileCache();
if (order.saga === undefined) {
  say('ready');
  tasks.onChange(({ id, state, answer }) => {
    if (hasEnded(state)) say(`ended ${id} ${state} ${answer}`);
  });
  await tasks.work('Worker', async (_task, context) => {
    say('begun');
    return { state: 'COMPLETED', answer: await work(context) };
  });
  if (order.submits !== undefined) await tasks.submit(taskFor('Worker', { id: order.submits }));
} else {
  say('ready');
  const steps = ['one', 'two', 'three'].map((part) => ({
    name: part,
    do: async ({ signal, idempotencyKey }: { signal: AbortSignal; idempotencyKey: string }) => {
      const result = effect(`${part} ${idempotencyKey}`);
      await pause(part, signal);
      return result;
    },
  }));
  say(`outcome ${JSON.stringify(await saga(tasks, { id: order.saga, steps }))}`);
}
process.stdin.resume().once('end', () => process.exit(0));
