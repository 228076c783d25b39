// From a person's words to the answer, through Telegram's emulator and over REST, one room and ten rooms
// at once, without a language model: an agent of the company and its front desk, which hands on to
// another, beside an agent of ElizaOS alone that has an instant model, ElizaOS's own server and the
// official plugin for Telegram. Fails when an answer is lost, or comes twice.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { TestTelegram, type Person } from '../support/telegram-server.ts';
import { freePort, startChild } from './child-program.ts';
import { withDirectory } from './launch-company.ts';
import { millisecondsOf, percentile, report, tell } from './report.ts';

const ROOMS = 10;
const WARM_UP = 2;
const TURNS_ALONE = 20;
const TURNS_TOGETHER = 4;
const ANSWER_MS = 60_000;
const BARE = { token: '111:bare', id: 111, username: 'BareBot' };
const MIMI = { token: '222:mimi', id: 222, username: 'MimiBot' };
const DESK = { token: '333:desk', id: 333, username: 'DeskBot' };

/** Says the same in one of ten rooms, and resolves with the answer. */
type Say = (room: number) => Promise<string>;

/** Somebody who is asked, and how the answer is known. */
interface Asked {
  readonly name: string;
  readonly say: Say;
  readonly answer: RegExp;
  /** Milliseconds of each answer. */
  readonly alone: number[];
  readonly together: number[];
  lost: number;
}

const asked = (name: string, say: Say, answer: RegExp): Asked => ({
  ...{ name, say, answer, alone: [], together: [], lost: 0 },
});

async function ask(who: Asked, room: number, times: number[]): Promise<void> {
  try {
    let said = '';
    const ms = await millisecondsOf(async () => (said = await who.say(room)));
    if (!who.answer.test(said)) throw new RangeError(`this is no answer: ${said}`);
    times.push(ms);
  } catch (error) {
    who.lost += 1;
    process.stderr.write(`${who.name}, room ${String(room)}: ${String(error)}\n`);
  }
}

async function askAtOnce(who: Asked, times: number[]): Promise<void> {
  await Promise.all(Array.from({ length: ROOMS }, (_, room) => ask(who, room, times)));
}

/** All take turns, in this order and then the other way round, so that a machine that slows down slows all. */
async function takeTurns(
  all: readonly Asked[],
  count: number,
  work: (who: Asked) => Promise<void>,
): Promise<void> {
  for (let turn = 0; turn < count; turn += 1)
    for (const who of turn % 2 === 0 ? all : all.toReversed()) await work(who);
}

async function measure(channel: string, bare: Asked, ours: readonly Asked[]): Promise<void> {
  const all = [bare, ...ours];
  await takeTurns(all, WARM_UP, (who) => askAtOnce(who, []));
  tell(`${channel}: one room, ${String(TURNS_ALONE)} messages`);
  await takeTurns(all, TURNS_ALONE, (who) => ask(who, 0, who.alone));
  tell(`${channel}: ten rooms, ${String(TURNS_TOGETHER)} messages each`);
  await takeTurns(all, TURNS_TOGETHER, (who) => askAtOnce(who, who.together));
  const baseline = 'bare ElizaOS';
  for (const { name, alone, together, lost } of ours) {
    for (const [rooms, times, bareTimes] of [
      ['one room', alone, bare.alone],
      ['ten rooms at once', together, bare.together],
    ] as const)
      for (const percent of [50, 95]) {
        const [value, baselineValue] = [times, bareTimes].map((some) =>
          percentile(some, percent / 100),
        ) as [number, number];
        const bench = `${channel}, ${name}, ${rooms}, p${String(percent)}`;
        report({ bench, unit: 'ms', value, baseline, baselineValue });
      }
    report({
      ...{ bench: `${channel}, ${name}, lost`, unit: 'answers' },
      ...{ value: lost, baseline, baselineValue: bare.lost },
    });
  }
}

// --- Telegram

// Each bot has people of its own, so that nobody's chat has two bots in it.
const peopleOf = ({ id }: { id: number }): Person[] =>
  Array.from({ length: ROOMS }, (_, room) => ({ id: id * 1_000 + room, name: `p${String(room)}` }));

function onTelegram(telegram: TestTelegram, bot: typeof BARE, text: string): Say {
  const people = peopleOf(bot);
  return async (room) =>
    (await telegram.ask(bot.token, people[room] as Person, text, ANSWER_MS)).visible;
}

// --- REST

const agentList = z.object({
  data: z.object({ agents: z.array(z.object({ id: z.string(), name: z.string() })) }),
});
const session = z.object({ sessionId: z.string() });
const inSession = z.object({ agentResponse: z.object({ text: z.string() }) });
const fromDesk = z.object({ text: z.string() });

async function call(url: string, token: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(ANSWER_MS),
    headers: {
      'content-type': 'application/json',
      'x-api-key': token,
      authorization: `Bearer ${token}`,
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new RangeError(`${String(response.status)}: ${await response.text()}`);
  return response.json();
}

/** By the sessions of ElizaOS's server, which is in both programs. */
async function inSessions(url: string, token: string, agent: string, text: string): Promise<Say> {
  const { data } = agentList.parse(await call(`${url}/api/agents`, token));
  const agentId = data.agents.find(({ name }) => name === agent)?.id;
  const sessions = `${url}/api/messaging/sessions`;
  const rooms = await Promise.all(
    Array.from({ length: ROOMS }, async () =>
      session.parse(await call(sessions, token, { agentId, userId: crypto.randomUUID() })),
    ),
  );
  return async (room) => {
    const path = `${sessions}/${rooms[room]?.sessionId ?? ''}/messages`;
    const body = await call(path, token, { content: text, mode: 'sync' });
    return inSession.parse(body).agentResponse.text;
  };
}

/** As `npm run chat` does. */
function atTheDesk(url: string, token: string, text: string): Say {
  return async (room) =>
    fromDesk.parse(
      await call(`${url}/router/messages`, token, { text, room: `room-${String(room)}` }),
    ).text;
}

// --- What is compared

const GREETING = 'hello';
const QUESTION = 'How much of our budget is left?';
const HELLO = /^Hello there\.$/;
const MIMI_SAYS = /^Hello, I am CEO Mimi\./;
const DESK_SAYS = /is left of the monthly llm budget/;

const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const node = (path: string, ...args: string[]): string[] => [
  ...['--conditions=@371os/source', program(path), ...args],
];

const telegram = await TestTelegram.start(
  Object.fromEntries([BARE, MIMI, DESK].map(({ token, ...bot }) => [token, bot])),
);

// Everybody was asked as often, and each answer came once.
function isSaidOnce(): boolean {
  const count = 3 * (WARM_UP * ROOMS + TURNS_ALONE + TURNS_TOGETHER * ROOMS);
  const said = telegram.said.length;
  if (said !== count) process.stderr.write(`${String(count)} asked, ${String(said)} said\n`);
  return said === count;
}

await withDirectory((ours) =>
  withDirectory(async (theirs) => {
    tell('starting the company and the bare agent');
    const [ourPort, theirPort] = [await freePort(), await freePort()];
    const common = { TELEGRAM_API_ROOT: telegram.url, LOCAL_MODEL_DISCOVERY: 'false' };
    const company = await startChild(node('../../scripts/main.js', 'start'), /371OS ready/, {
      ...{ ...common, DATA_DIR: ours, SERVER_PORT: String(ourPort), DEVNET: 'off' },
      TELEGRAM_BOT_TOKEN: DESK.token,
      TELEGRAM_BOT_TOKEN_CEO_MIMI: MIMI.token,
      OWNER_ACCOUNTS: [...peopleOf(MIMI), ...peopleOf(DESK)]
        .map(({ id }) => `telegram:${String(id)}`)
        .join(),
      CHANNELS_PER_MINUTE: '10000',
    });
    const bare = await startChild(node('./chat-bare-child.ts'), /ready/, {
      ...{ ...common, DATA_DIR: theirs, SERVER_PORT: String(theirPort), SERVER_HOST: '127.0.0.1' },
      TELEGRAM_BOT_TOKEN: BARE.token,
    });
    const chats = [
      asked('bare', onTelegram(telegram, BARE, GREETING), HELLO),
      asked('one agent', onTelegram(telegram, MIMI, GREETING), MIMI_SAYS),
      asked('front desk', onTelegram(telegram, DESK, QUESTION), DESK_SAYS),
    ] as const;
    const [bareChat, ...ourChats] = chats;
    await measure('Telegram', bareChat, ourChats);

    const token = readFileSync(join(ours, 'owner-token'), 'utf8').trim();
    const [ourUrl, theirUrl] = [ourPort, theirPort].map(
      (port) => `http://127.0.0.1:${String(port)}`,
    ) as [string, string];
    const rest = [
      asked('bare', await inSessions(theirUrl, '', 'Agent', GREETING), HELLO),
      asked('one agent', await inSessions(ourUrl, token, 'CEO Mimi', GREETING), MIMI_SAYS),
      asked('front desk', atTheDesk(ourUrl, token, QUESTION), DESK_SAYS),
    ] as const;
    const [bareRest, ...ourRest] = rest;
    await measure('REST', bareRest, ourRest);
    if (!isSaidOnce() || [...chats, ...rest].some(({ lost }) => lost > 0)) process.exitCode = 1;
    await bare.stop();
    await company.stop();
  }),
);
await telegram.stop();
process.exit();
