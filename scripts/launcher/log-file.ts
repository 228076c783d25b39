import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';

const LARGEST_BYTES = 10_000_000;

/**
 * Sends what ElizaOS and its plugins log to a file, so that the terminal shows only what a person
 * needs. The file is moved aside once it is large; one older file is kept.
 */
export function logToFile(directory: string): void {
  const path = join(directory, '371os.log');
  if (existsSync(path) && statSync(path).size > LARGEST_BYTES) renameSync(path, `${path}.1`);
  let file: WriteStream | undefined;
  // A log that cannot be written must not take the company down with it, and is begun again.
  const open = (): WriteStream => {
    const opened = createWriteStream(path, { flags: 'a', mode: 0o600 });
    return opened.on('error', () => (file = undefined));
  };
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
    console[method] = (...values: unknown[]) => {
      file ??= open();
      file.write(`${new Date().toISOString()} ${method} ${format(...values)}\n`);
    };
}
