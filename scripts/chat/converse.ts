import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import { explainError } from '@371os/kernel';
import type { Connection, Speaker } from './connection.ts';
import { describeProgress } from './progress.ts';

const SHOWN_LINES = 10;
const KEPT_LINES = 500;

/** A conversation in the terminal: what was said before, then question and answer until Ctrl-D. */
export async function converse(
  connection: Connection,
  speaker: Speaker,
  directory: string,
): Promise<void> {
  const historyFile = join(directory, 'chat-history');
  for (const { from, text } of await connection.history(speaker, SHOWN_LINES))
    print(`${from}: ${text}`);
  print('Write what you want done. /help lists commands; Ctrl-D ends.');
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    history: readHistory(historyFile),
    historySize: KEPT_LINES,
  });
  terminal.on('history', (lines: string[]) => {
    writeFileSync(historyFile, lines.toReversed().join('\n'), { mode: 0o600 });
  });
  for (;;) {
    const text = await nextLine(terminal);
    if (text === undefined) break;
    if (text.trim() !== '') await answer(connection, { ...speaker, text });
  }
  terminal.close();
}

async function answer(connection: Connection, request: Speaker & { text: string }): Promise<void> {
  let streamed = '';
  try {
    const reply = await connection.ask(request, {
      onProgress: (event) => {
        const words = describeProgress(event);
        if (words !== undefined) print(words);
      },
      onText: (chunk) => {
        streamed += chunk;
        process.stdout.write(chunk);
      },
    });
    print(afterStream(streamed.trim(), reply.text));
  } catch (error) {
    print(explainError(error));
  }
}

// What was streamed is on the screen already; only what came after it is still to be printed.
function afterStream(streamed: string, text: string): string {
  return streamed !== '' && text.startsWith(streamed) ? text.slice(streamed.length) : text;
}

async function nextLine(terminal: Interface): Promise<string | undefined> {
  const closed = new AbortController();
  terminal.once('close', () => {
    closed.abort();
  });
  try {
    return await terminal.question('> ', { signal: closed.signal });
  } catch {
    return undefined;
  }
}

function readHistory(path: string): string[] {
  return existsSync(path)
    ? readFileSync(path, 'utf8').split('\n').filter(Boolean).toReversed()
    : [];
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
