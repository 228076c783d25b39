// npm run -s sdl -- --json FILE: prints {"groups", "manifest", "versionHash"} of an SDL 2.0 or 2.1 as
// Akash's Go tools make them; the hash in hex. FILE - reads standard input. An SDL that is not valid
// ends with exit code 1, and a message on standard error that names the path of the fault, such as
// services.web.expose[0].port.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compileSdlText } from '@371os/plugin-akash';

const USAGE = 'Usage: npm run -s sdl -- --json FILE';
const STANDARD_INPUT = 0;

function main(): void {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [file, ...others] = positionals;
  if (!values.json || file === undefined || others.length > 0) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const text = readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8');
  process.stdout.write(`${JSON.stringify(compileSdlText(text), undefined, 2)}\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
