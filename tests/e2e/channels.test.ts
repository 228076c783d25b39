import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { DevnetControl, findDevnet } from '@371os/devnet/client';
import { Supplier } from '../resilience/mode-fixture.ts';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { DiscordEmulator } from '../support/discord-emulator.ts';
import {
  knownBots,
  onDiscord,
  onTelegram,
  type Bot,
  type Caller,
  type Message,
  type Platform,
} from '../support/platforms.ts';
import { TestTelegram } from '../support/telegram-server.ts';

const START_MS = 120_000;
const ANSWER_MS = 30_000;
const TEST_MS = 90_000;
// A network that flaps is left as it was judged for longer each time.
const MODE_MS = 60_000;
const DEVNET = {
  DEVNET: 'on',
  ...{ DEVNET_AKASH_RPC_PORT: '0', DEVNET_AKASH_REST_PORT: '0', DEVNET_AKASH_GRPC_PORT: '0' },
  ...{ DEVNET_AKASH_CONSOLE_PORT: '0', DEVNET_AKASH_GATEWAY_PORT: '0', DEVNET_CONTROL_PORT: '0' },
  ...{ DEVNET_EVM_PORT: '0', DEVNET_IPFS_API_PORT: '0', DEVNET_IPFS_GATEWAY_PORT: '0' },
  ...{
    DEVNET_BLOCK_MS: '100',
    AKASH_POLL_MS: '100',
    AKASH_MORE_BIDS_MS: '700',
    AKASH_WATCH_MS: '500',
  },
};
// Public addresses, so that they count as the internet; nobody is asked there.
const [CHAIN, FILES] = ['11.1.0.1', '11.2.0.1'];
const DETOUR = new URL('../support/detour.ts', import.meta.url).href;
const ORDER = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';
const owner: Caller = { id: '1001', name: 'olga' };
const stranger: Caller = { id: '2002', name: 'sven' };
const directory = makeDataDirectory();
const internet: Supplier[] = [];
const platforms: Platform[] = [];
let telegram: TestTelegram;
let discord: DiscordEmulator;
let company: CompanyProcess;

beforeAll(async () => {
  telegram = await TestTelegram.start(knownBots(Number));
  discord = await DiscordEmulator.start(knownBots(String));
  platforms.push(onTelegram(telegram), onDiscord(discord));
  internet.push(await Supplier.start({ jsonrpc: '2.0', id: 1, result: '0x1' }));
  internet.push(await Supplier.start({ Version: '0.30.0' }));
  const [chain, files] = internet.map(({ url }) => Number(new URL(url).port));
  company = await startCompany(
    await emptyEnvironment(directory, {
      ...DEVNET,
      ...{ REGISTRY_RPC_URL: `http://${CHAIN}/`, IPFS_API_URL: `http://${FILES}/` },
      DETOURS: JSON.stringify({ [`${CHAIN}:80`]: chain, [`${FILES}:80`]: files }),
      NODE_OPTIONS: `--import=${DETOUR}`,
      ...{ RESILIENCE_PROBE_MS: '500', RESILIENCE_STABLE_MS: '2000' },
      RESILIENCE_AUTOMATIC_RETURN: 'true',
      ...Object.fromEntries(platforms.flatMap(({ settings }) => Object.entries(settings))),
      OWNER_ACCOUNTS: `telegram:${owner.id}, discord:${owner.id}`,
    }),
  );
}, START_MS);
afterAll(async () => {
  await company.stop();
  const devnet = await findDevnet(join(directory, 'devnet'));
  if (devnet) {
    await new DevnetControl(devnet).stop();
    await eventually(async () => {
      expect(() => process.kill(devnet.pid, 0)).toThrow();
    });
  }
  await telegram.stop();
  await discord.stop();
  for (const supplier of internet) await supplier.stop();
  removeDataDirectory(directory);
}, START_MS);
beforeEach(() => {
  for (const platform of platforms) platform.forget();
});

const on = (name: Platform['name']): Platform => platforms.find((one) => one.name === name)!;

/** What a person is told after something that they do, once it matches. */
async function told(
  platform: Platform,
  person: Caller,
  words: RegExp,
  act: () => unknown,
): Promise<Message> {
  const before = platform.saidTo(person).length;
  await act();
  const since = (): Message[] => platform.saidTo(person).slice(before);
  await eventually(async () => {
    expect(since().map((message) => message.words)).toContainEqual(expect.stringMatching(words));
  }, ANSWER_MS);
  return since().find((message) => words.test(message.words))!;
}

describe.each(['Telegram', 'Discord'] as const)('a company on %s', (name) => {
  let running: Message | undefined;

  const toldAfter = (
    person: Caller,
    text: string,
    words: RegExp,
    bot: Bot = 'FrontDesk',
  ): Promise<Message> => told(on(name), person, words, () => on(name).write(bot, person, text));

  test('says at its start who is there, and what to do about a wrong token', async () => {
    const token = name === 'Telegram' ? 'TELEGRAM_BOT_TOKEN' : 'DISCORD_API_TOKEN';
    await eventually(async () => {
      expect(company.output()).toContain(`${name}: Front Desk is @FrontDesk.`);
      expect(company.output()).toContain(`${name}: CFO Maya is @Maya.`);
      expect(company.output()).toMatch(
        new RegExp(`${name} does not know the bot token of CRO Rex.*set ${token}_CRO_REX`),
      );
    });
    expect(company.output()).not.toContain('secret');
  });

  test(
    'plans, and deploys when the owner presses the button, not when a stranger does',
    async () => {
      const plan = await toldAfter(owner, ORDER, /Plan \(dry run/);
      const [approve = ''] = plan.buttons();
      expect(approve).toMatch(/^371:approve:/);
      expect(plan.words).toMatch(/[0-9A-Z]{8}: Deploy nginx:alpine on Akash, 1 lease/);
      plan.press(stranger, approve);
      await eventually(async () =>
        expect(on(name).whispers()).toContainEqual(expect.stringMatching(/^Only the owner/)),
      );
      running = await told(on(name), owner, /runs: http:\/\/127\.0\.0\.1/, () =>
        plan.press(owner, approve),
      );
      await eventually(async () => expect(plan.buttons()).toEqual([]));
    },
    TEST_MS,
  );

  test('answers from each bot as its own agent, and strangers without what is not theirs', async () => {
    for (const person of [owner, stranger])
      expect(await toldAfter(person, 'hello', /^Hello, I am CFO Maya/, 'Maya')).toMatchObject({
        bot: 'Maya',
      });
    await toldAfter(
      owner,
      'How much of our budget is left?',
      /is left of the monthly llm budget/,
      'Maya',
    );
    await toldAfter(stranger, '/budget', /^Only the owner or an admin may use \/budget/, 'Maya');
    const refused = await toldAfter(stranger, ORDER, /./);
    expect(refused.buttons()).toEqual([]);
    expect(refused.words).not.toMatch(/runs: http/);
  });

  test(
    'tells who asked for a deployment that its lease is lost, and nobody else',
    async () => {
      const devnet = await findDevnet(join(directory, 'devnet'));
      const dseq = /number (\d+) on chain/.exec(running?.words ?? '')?.[1] ?? '';
      const lost = {
        owner: devnet?.akash.tenant ?? '',
        dseq,
        reason: LeaseClosedReason.lease_closed_reason_unstable,
      };
      await told(on(name), owner, /its lease.* has been lost/, () =>
        new DevnetControl(devnet!).run('closeLeases', lost),
      );
      expect(platforms.flatMap((platform) => platform.saidTo(stranger))).toEqual([]);
    },
    TEST_MS,
  );

  test('takes nobody’s word but the owner’s and the admins’ for backup mode', async () => {
    await toldAfter(stranger, '/backup on', /^Only the owner/);
    await toldAfter(owner, '/backup on', /^Backup mode is on/);
    await toldAfter(owner, '/backup off', /^Backup mode is over/);
  });
});

test(
  'each chat is told, once by each bot in it, that the internet is gone and that it is back',
  async () => {
    const chats = platforms.flatMap(({ name }) =>
      ['olga', 'sven'].flatMap((who) =>
        ['FrontDesk', 'Maya'].map((bot) => [name, who, bot].join(' ')),
      ),
    );
    const toldThat = (words: RegExp): string[] =>
      platforms.flatMap((platform) =>
        [owner, stranger].flatMap((person) =>
          platform
            .saidTo(person)
            .filter((message) => words.test(message.words))
            .map(({ bot }) => [platform.name, person.name, bot].join(' '))
            .sort(),
        ),
      );
    await eventually(async () => {
      expect((await company.get('/resilience/mode')).body).toMatchObject({
        ...{ mode: { state: 'normal' }, canTellOutage: true },
      });
    });
    for (const supplier of internet) supplier.manner = 'swallows';
    await eventually(async () => expect(toldThat(/^Backup mode since/)).toEqual(chats));
    for (const supplier of internet) supplier.manner = 'answers';
    await eventually(async () => expect(toldThat(/^Backup mode is over/)).toEqual(chats), MODE_MS);
    expect(toldThat(/^Backup mode since/)).toEqual(chats);
  },
  START_MS,
);
