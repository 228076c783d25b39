// A program of its own: runs another Node program and ends it when the parent ends, which is when
// standard input ends. Its one argument is JSON: the arguments of Node. The environment and the
// working directory are passed on.
import { spawn } from 'node:child_process';

// As long as Kubernetes, which real providers run on.
const KILL_AFTER_MS = 30_000;

const args = JSON.parse(process.argv[2] ?? '[]') as string[];
const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });

child.once('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', end);
process.stdin.on('close', end).resume();

function end(): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
}
