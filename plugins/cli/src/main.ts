import { runCli } from './run-cli.ts';

// Whoever reads our answer may have enough of it, as "head" has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  // What is asked goes where answers that are piped on do not.
  ...(process.stdin.isTTY && process.stderr.isTTY
    ? { person: { input: process.stdin, output: process.stderr } }
    : {}),
});
