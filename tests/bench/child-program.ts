import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

const READY_MS = 120_000;

// Without a listener a signal ends this process before it can end those that it has started.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    process.exit(1);
  });

interface ChildProgram {
  /** What it had said when it was ready. */
  readonly output: string;
  /** What it said on standard error up to now. */
  errors(): string;
  stop(): Promise<void>;
}

/** Starts Node with some arguments and waits until its output has a mark, for at most two minutes. */
export async function startChild(
  args: readonly string[],
  mark: RegExp,
  environment: NodeJS.ProcessEnv = {},
): Promise<ChildProgram> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const exited = once(child, 'exit');
  let output = '';
  let errors = '';
  child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
  let timer: NodeJS.Timeout | undefined;
  const ready = new Promise<void>((done, fail) => {
    child.stdout.on('data', (piece: Buffer) => {
      output += piece.toString();
      if (mark.test(output)) done();
    });
    const give = (): void => {
      child.kill();
      fail(new RangeError(`${args.join(' ')} did not get ready:\n${output}${errors}`));
    };
    timer = setTimeout(give, READY_MS);
    void exited.then(give);
  });
  // A measurement that fails must not leave it running.
  process.once('exit', () => child.kill('SIGKILL'));
  await ready;
  clearTimeout(timer);
  const stop = async (): Promise<void> => {
    child.kill();
    await exited;
  };
  return { output, errors: () => errors, stop };
}

/** A port of 127.0.0.1 that nobody uses now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}
