// npm run chat: talk to the company from the terminal, or send it one message with --json.
import './launcher/environment-defaults.ts';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BaseError, describeError } from '@371os/kernel';
import { z } from 'zod';
import { connect } from './chat/connect.ts';
import type { ChatReply, Connection, Speaker } from './chat/connection.ts';
import { converse } from './chat/converse.ts';
import { describeProgress } from './chat/progress.ts';
import { complain } from './launcher/launch.ts';
import { readLauncherSettings } from './launcher/settings.ts';

const USAGE = `Usage: npm run chat [-- [--json] [--room NAME] [--as owner|NAME] [--agent NAME] ["message"]]
Without a message it opens a conversation; with one it prints the answer and ends.`;

class UsageError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(`${problem}\n${USAGE}`);
  }
}

const name = z
  .string()
  .regex(/^[\w .@:-]{1,64}$/, 'is not a name: use letters, digits, spaces and ._@:-');
const options = z.strictObject({
  json: z.boolean().default(false),
  room: name.default('main'),
  as: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'is not a name: use letters, digits, dots and dashes')
    .default('owner'),
  agent: name.optional(),
  help: z.boolean().default(false),
});

interface Invocation extends Speaker {
  readonly isJson: boolean;
  readonly isHelp: boolean;
  readonly message: string | undefined;
}

async function readInvocation(): Promise<Invocation> {
  const { values, positionals } = parse();
  const parsed = options.safeParse(values);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UsageError({ problem: `--${String(issue?.path[0])} ${issue?.message ?? ''}` });
  }
  const { json, room, as, agent, help } = parsed.data;
  if (positionals.length > 1)
    throw new UsageError({ problem: 'Put the message in quotes, as one argument.' });
  const message = positionals[0] ?? (process.stdin.isTTY ? undefined : await readInput());
  if (json && message === undefined) throw new UsageError({ problem: '--json wants a message.' });
  // Not worth starting a company for.
  if (message?.trim() === '') throw new UsageError({ problem: 'The message is empty.' });
  return { room, as, agent, message, isJson: json, isHelp: help };
}

function parse(): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        room: { type: 'string' },
        as: { type: 'string' },
        agent: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError({ problem: error instanceof Error ? error.message : String(error) });
  }
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function sendOne(connection: Connection, invocation: Invocation): Promise<number> {
  const request = { ...invocation, text: invocation.message ?? '' };
  const reply = await connection.ask(request, {
    onProgress: (event) => {
      const words = invocation.isJson ? undefined : describeProgress(event);
      if (words !== undefined) process.stderr.write(`${words}\n`);
    },
  });
  await write(invocation.isJson ? JSON.stringify(reply, null, 2) : reply.text);
  return reply.error ? 1 : 0;
}

async function main(): Promise<number> {
  const invocation = await readInvocation();
  if (invocation.isHelp) {
    await write(USAGE);
    return 0;
  }
  const settings = readLauncherSettings();
  const connection = await connect(settings, (line) => {
    if (!invocation.isJson) process.stderr.write(`${line}\n`);
  });
  try {
    if (invocation.message !== undefined) return await sendOne(connection, invocation);
    await converse(connection, invocation, resolve(settings.DATA_DIR));
    return 0;
  } finally {
    await connection.close();
  }
}

// process.exit must not cut off an answer that is still on its way into a pipe.
function write(text: string): Promise<void> {
  return new Promise((done) => {
    process.stdout.write(`${text}\n`, () => {
      done();
    });
  });
}

function failure(error: unknown): ChatReply {
  const described = BaseError.isInstance(error)
    ? describeError(error)
    : { code: 'INTERNAL', message: complain(error) };
  return { text: described.message, tasks: [], costUsd: 0, decisions: [], error: described };
}

try {
  process.exit(await main());
} catch (error) {
  if (process.argv.includes('--json')) await write(JSON.stringify(failure(error), null, 2));
  else process.stderr.write(`${complain(error)}\n`);
  process.exit(1);
}
