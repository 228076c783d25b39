// npm run -s keystore -- FILE: puts a key into a new encrypted keystore that only this user can read,
// and prints the address of its account on Akash. The key (a mnemonic, or 64 hexadecimal digits) comes
// from standard input, or is asked for in a terminal without being shown; never from an argument, which
// every program of the machine can read. The password is AKASH_KEYSTORE_PASSWORD, or in the file
// AKASH_KEYSTORE_PASSWORD_FILE, or asked for.
import './launcher/environment-defaults.ts';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { processSettings, readSettings } from '@371os/kernel';
import { akashSettings, keystorePassword, writeKeystore } from '@371os/plugin-akash';

const USAGE = 'Usage: npm run -s keystore -- FILE, with the mnemonic on standard input';
const SHORTEST_PASSWORD = 8;

async function main([path, ...others]: string[]): Promise<number> {
  if (path === undefined || path.startsWith('-') || others.length > 0) return complain(USAGE, 2);
  const key = await hidden('Mnemonic or private key: ');
  const password =
    keystorePassword(readSettings(akashSettings, processSettings)) ?? (await askPassword());
  if (password === undefined)
    return complain('Set AKASH_KEYSTORE_PASSWORD or AKASH_KEYSTORE_PASSWORD_FILE.', 1);
  if (password.length < SHORTEST_PASSWORD)
    return complain(`A password of ${String(SHORTEST_PASSWORD)} characters or more is wanted.`, 1);
  const address = await writeKeystore(key, { path, password });
  process.stdout.write(`${address}\n`);
  process.stderr.write(`Written to ${path}. Set AKASH_KEYSTORE=${path} and its password.\n`);
  return 0;
}

async function askPassword(): Promise<string | undefined> {
  return process.stdin.isTTY ? hidden('New password: ') : undefined;
}

async function hidden(question: string): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin);
  process.stderr.write(question);
  const output = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

function complain(problem: string, code: number): number {
  process.stderr.write(`${problem}\n`);
  return code;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = complain(error instanceof Error ? error.message : String(error), 1);
}
