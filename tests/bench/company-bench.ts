// Start-up cold and warm, a message, and the memory of all agents: our company beside as many agents
// of ElizaOS alone, in one run.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withDirectory } from './launch-company.ts';
import { median, report, tell } from './report.ts';

interface Measured {
  readonly readyMs: number;
  readonly messagesMs: readonly number[];
  readonly routedMs?: readonly number[];
  readonly memoryBytes: number;
  readonly memoryWithEmbeddingsBytes?: number;
}

const REPEATS = 2;
const CHILD_TIMEOUT_MS = 180_000;
const MEGABYTE = 1e6;
const run = promisify(execFile);

async function measure(child: string, directory: string, more: string[] = []): Promise<Measured> {
  const { stdout } = await run(
    process.execPath,
    ['--conditions=@371os/source', new URL(child, import.meta.url).pathname, ...more],
    {
      cwd: new URL('../../', import.meta.url).pathname,
      timeout: CHILD_TIMEOUT_MS,
      env: { ...process.env, DATA_DIR: directory, LOCAL_MODEL_DISCOVERY: 'false' },
    },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured;
}

interface Pair {
  readonly cold: Measured;
  readonly warm: Measured;
}

function coldAndWarm(child: string): Promise<Pair> {
  return withDirectory(async (directory) => ({
    cold: await measure(child, directory),
    warm: await measure(child, directory, ['--messages']),
  }));
}

const bare: Pair[] = [];
const ours: Pair[] = [];
// In turn, so that a machine that slows down slows both.
for (let repeat = 1; repeat <= REPEATS; repeat += 1) {
  tell(`launch ${String(repeat)} of ${String(REPEATS)}`);
  bare.push(await coldAndWarm('./bare-child.ts'));
  ours.push(await coldAndWarm('./company-child.ts'));
}

function compare(
  bench: string,
  unit: 'ms' | 'MB',
  value: (pair: Pair) => number,
  baselineValue: (pair: Pair) => number = value,
): void {
  report({
    bench,
    unit,
    value: median(ours.map(value)),
    baseline: 'bare ElizaOS',
    baselineValue: median(bare.map(baselineValue)),
  });
}

const message = ({ warm }: Pair): number => median(warm.messagesMs);
const memory = ({ warm }: Pair): number => warm.memoryBytes / MEGABYTE;
compare('start-up of ten agents, new data directory', 'ms', ({ cold }) => cold.readyMs);
compare('start-up of ten agents, existing data directory', 'ms', ({ warm }) => warm.readyMs);
compare('message to one agent', 'ms', message);
compare('message through the front desk', 'ms', ({ warm }) => median(warm.routedMs ?? []), message);
compare('memory of ten agents', 'MB', memory);
compare(
  'memory of ten agents, embeddings in use',
  'MB',
  ({ warm }) => (warm.memoryWithEmbeddingsBytes ?? Number.NaN) / MEGABYTE,
  memory,
);
process.exit(0);
