import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { millisecondsOf } from './report.ts';

/** A child that does one piece of work each time that it is told to. */
export interface Worker {
  /** Has it done once; how long that took, in milliseconds. @throws RangeError when it went wrong */
  turn(): Promise<number>;
  stop(): Promise<void>;
}

type Answer = { readonly ms: number } | { readonly problem: string };

const READY = 'ready';

/** Starts a child of this folder and waits until it is ready. */
export async function startWorker(file: string, environment: NodeJS.ProcessEnv): Promise<Worker> {
  const child = fork(new URL(file, import.meta.url), {
    cwd: new URL('../../', import.meta.url).pathname,
    execArgv: ['--conditions=@371os/source'],
    env: { ...process.env, ...environment },
  });
  await answerOf(child);
  return {
    turn: async () => {
      child.send('turn');
      const answer = (await answerOf(child)) as Answer;
      if ('problem' in answer) throw new RangeError(`${file}: ${answer.problem}`);
      return answer.ms;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const died = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new RangeError('the child died');
  });
  died.catch(() => undefined);
  try {
    const [answer] = (await Promise.race([
      once(child, 'message', { signal: ended.signal }),
      died,
    ])) as unknown[];
    return answer;
  } finally {
    ended.abort();
  }
}

/** In the child: does `work` whenever it is told to, until the parent lets it go. */
export function takeTurns(work: () => Promise<unknown>, stop: () => Promise<void>): void {
  process.on('message', () => {
    void timed(work).then((answer) => process.send?.(answer));
  });
  process.on('disconnect', () => {
    void stop().finally(() => process.exit(0));
  });
  process.send?.(READY);
}

async function timed(work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { ms: await millisecondsOf(work) };
  } catch (error) {
    return { problem: String(error) };
  }
}
