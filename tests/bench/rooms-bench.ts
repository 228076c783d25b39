// Twenty rooms talking to the company at once, on one PGlite, with an instant model that is paid for,
// while reservations are settled and other tasks are done all the time: beside the same with one
// room at a time. Every message is routed, kept as a task, reserved, settled and answered. Fails when
// anything went wrong.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { OWNER } from '@371os/kernel';
import { routerOf, type RouterService } from '@371os/plugin-router';
import { tasksOf } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { elizaReply, startScriptedModel } from '../support/scripted-model.ts';
import { agentNamed, launchCompany, paidEndpoint, withDirectory } from './launch-company.ts';
import { millisecondsOf, percentile, report, tell } from './report.ts';
import { REQUEST_PARTS } from './request-parts.ts';

const ROOMS = 20;
const MESSAGES_AT_ONCE = 4;
const MESSAGES_ALONE = 1;
const WRITE_EVERY_MS = 50;
const AMOUNT_PICO = 1_000_000n;

interface Phase {
  readonly times: readonly number[];
  /** Messages answered in a second. */
  readonly rate: number;
  /** The longest that nothing else, such as a timer or a request, got its turn, in milliseconds. */
  readonly longestStallMs: number;
}

let errors = 0;
function fail(problem: unknown): void {
  errors += 1;
  process.stderr.write(`${String(problem)}\n`);
}

async function ask(router: RouterService, room: number, number: number): Promise<number> {
  const text = `${REQUEST_PARTS[(room + number) % REQUEST_PARTS.length] ?? ''} (${String(number)})`;
  return millisecondsOf(async () => {
    const { tasks } = await router.ask({ text, principal: OWNER, room: `room-${String(room)}` });
    const isAnswered = tasks.length > 0 && tasks.every(({ state }) => state === 'COMPLETED');
    if (!isAnswered) fail(`room ${String(room)}: ${tasks.map(({ answer }) => answer).join(' ')}`);
  });
}

/** Says so many messages in a room, one after the other, and returns how long each took. */
async function talk(router: RouterService, room: number, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let number = 0; number < count; number += 1)
    times.push(await ask(router, room, number).catch((error: unknown) => (fail(error), NaN)));
  return times;
}

async function phase(work: () => Promise<number[][]>): Promise<Phase> {
  const stalls = monitorEventLoopDelay({ resolution: 5 });
  stalls.enable();
  const begin = performance.now();
  const times = (await work()).flat();
  const rate = (times.length * 1_000) / (performance.now() - begin);
  stalls.disable();
  return { times, rate, longestStallMs: stalls.max / 1e6 };
}

const rooms = Array.from({ length: ROOMS }, (_, room) => room);
const model = await startScriptedModel({ reply: elizaReply('A short answer.') });

await withDirectory(async (directory) => {
  Object.assign(process.env, { ...paidEndpoint(model.baseUrl), DATA_DIR: directory });
  const company = await launchCompany();
  const desk = agentNamed(company, 'Front Desk');
  const [router, tasks, treasury] = [
    await routerOf(desk),
    await tasksOf(desk),
    await treasuryOf(desk),
  ];
  await tasks.work('Bench', () => Promise.resolve({ state: 'COMPLETED', answer: 'done' }));

  let written = 0;
  async function write(): Promise<void> {
    const reservation = await treasury.reserve({
      category: 'llm',
      amountPico: AMOUNT_PICO,
      scopes: { agent: 'Bench' },
    });
    const usage = { provider: 'bench', model: 'bench', tokensIn: 1, tokensOut: 1 };
    await treasury.settle(reservation.id, { ...usage, status: 'ok', costPico: AMOUNT_PICO });
    const { id } = await tasks.submit({
      agent: 'Bench',
      text: 'count',
      requester: { id: 'bench', role: 'owner' },
      roomId: 'bench',
      isConfidential: false,
    });
    await tasks.waitFor(id);
    written += 1;
  }
  const writing = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const done: Promise<void> = write()
      .catch(fail)
      .finally(() => writing.delete(done));
    writing.add(done);
  }, WRITE_EVERY_MS);

  tell(`${String(ROOMS)} rooms, each alone`);
  await Promise.all(rooms.map((room) => ask(router, room, 0)));
  const alone = await phase(async () => {
    const times: number[][] = [];
    for (const room of rooms) times.push(await talk(router, room, MESSAGES_ALONE));
    return times;
  });
  tell(`${String(ROOMS)} rooms at once`);
  const together = await phase(() =>
    Promise.all(rooms.map((room) => talk(router, room, MESSAGES_AT_ONCE))),
  );
  clearInterval(timer);
  await Promise.all(writing);

  const baseline = 'one room at a time';
  const compare = (bench: string, unit: 'ms' | 'a second', of: (phase: Phase) => number): void => {
    const [value, baselineValue] = [of(together), of(alone)];
    report({ bench: `${bench}, 20 rooms at once`, unit, value, baseline, baselineValue });
  };
  compare('messages answered', 'a second', ({ rate }) => rate);
  compare('message to answer p50', 'ms', ({ times }) => percentile(times, 0.5));
  compare('message to answer p99', 'ms', ({ times }) => percentile(times, 0.99));
  compare('longest stall of the process', 'ms', ({ longestStallMs }) => longestStallMs);
  tell(
    `${String(written)} reservations settled and tasks done beside it, ${String(errors)} errors`,
  );
  await company.stop();
});
await model.close();
process.exit(errors === 0 ? 0 : 1);
