#!/usr/bin/env node
// Works before any build: in a clone it runs the sources, as npm start does; a package has them
// compiled. Plain JavaScript, so that an old Node can still say what is wrong.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (!existsSync(source)) {
  await import('../dist/main.js');
} else if (major < 24 && !(major === 22 && minor >= 18)) {
  console.error(
    `371os needs Node 24, and this is Node ${process.versions.node}. In a clone, npm ci installs the right one: run it with npx 371os.`,
  );
  process.exitCode = 1;
} else {
  const flags = ['--conditions=@371os/source', '--disable-warning=ExperimentalWarning'];
  const args = [...flags, source, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both; whoever ends us alone ends the command, too.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
