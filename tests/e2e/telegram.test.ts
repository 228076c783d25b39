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
import { TestTelegram, type Person, type Said } from '../support/telegram-server.ts';

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
const TOKEN = '111:front-desk-secret';
const MAYA = '222:maya-secret';
const ORDER = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';
const owner: Person = { id: 1_001, name: 'olga' };
const stranger: Person = { id: 2_002, name: 'sven' };
const directory = makeDataDirectory();
const internet: Supplier[] = [];
let telegram: TestTelegram;
let company: CompanyProcess;
let running: Said | undefined;

beforeAll(async () => {
  telegram = await TestTelegram.start({
    [TOKEN]: { id: 111, username: 'FrontDeskBot' },
    [MAYA]: { id: 222, username: 'MayaBot' },
  });
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
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_BOT_TOKEN: TOKEN,
      TELEGRAM_BOT_TOKEN_CFO_MAYA: MAYA,
      TELEGRAM_BOT_TOKEN_CRO_REX: '999:nobody-has-this',
      OWNER_ACCOUNTS: `telegram:${owner.id}`,
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
  for (const supplier of internet) await supplier.stop();
  removeDataDirectory(directory);
}, START_MS);
beforeEach(() => {
  telegram.said.length = 0;
  telegram.calls.length = 0;
});

/** What a person is told after something that they do, once it matches. */
async function told(person: Person, words: RegExp, act: () => unknown): Promise<Said> {
  const before = telegram.in(person.id).length;
  await act();
  const since = (): Said[] => telegram.in(person.id).slice(before);
  await eventually(async () => {
    expect(since().map(({ visible }) => visible)).toContainEqual(expect.stringMatching(words));
  }, ANSWER_MS);
  return since().find(({ visible }) => words.test(visible))!;
}

const says =
  (person: Person, text: string, token = TOKEN) =>
  (): unknown =>
    telegram.write(token, person, text);

describe('a company on Telegram', () => {
  test('says at its start who is there, and what to do about a wrong token', async () => {
    await eventually(async () => {
      expect(company.output()).toContain('Telegram: Front Desk is @FrontDeskBot.');
      expect(company.output()).toContain('Telegram: CFO Maya is @MayaBot.');
      expect(company.output()).toMatch(
        /Telegram does not know the bot token of CRO Rex.*set TELEGRAM_BOT_TOKEN_CRO_REX/,
      );
    });
    expect(company.output()).not.toContain('secret');
  });

  test(
    'plans, and deploys when the owner presses the button, not when a stranger does',
    async () => {
      const plan = await told(owner, /Plan \(dry run/, says(owner, ORDER));
      const [approve] = plan.buttons;
      expect(approve).toMatch(/^371:approve:/);
      expect(plan.visible).toMatch(/[0-9A-Z]{8}: Deploy nginx:alpine on Akash, 1 lease/);
      telegram.press(TOKEN, stranger, plan, approve ?? '');
      await eventually(async () =>
        expect(telegram.of('answerCallbackQuery')[0]?.body['text']).toMatch(/^Only the owner/),
      );
      running = await told(owner, /runs: http:\/\/127\.0\.0\.1/, () =>
        telegram.press(TOKEN, owner, plan, approve ?? ''),
      );
      await eventually(async () => expect(plan.buttons).toEqual([]));
    },
    TEST_MS,
  );

  test('answers from each bot as its own agent, and strangers without what is not theirs', async () => {
    for (const person of [owner, stranger])
      expect(
        await told(person, /^Hello, I am CFO Maya/, says(person, 'hello', MAYA)),
      ).toMatchObject({
        bot: 'MayaBot',
      });
    await told(
      owner,
      /is left of the monthly llm budget/,
      says(owner, 'How much of our budget is left?', MAYA),
    );
    await told(
      stranger,
      /^Only the owner or an admin may use \/budget/,
      says(stranger, '/budget', MAYA),
    );
    const refused = await told(stranger, /./, says(stranger, ORDER));
    expect(refused.buttons).toEqual([]);
    expect(refused.visible).not.toMatch(/runs: http/);
  });

  test(
    'tells who asked for a deployment that its lease is lost, and nobody else',
    async () => {
      const devnet = await findDevnet(join(directory, 'devnet'));
      const dseq = /number (\d+) on chain/.exec(running?.visible ?? '')?.[1] ?? '';
      const lost = {
        owner: devnet?.akash.tenant ?? '',
        dseq,
        reason: LeaseClosedReason.lease_closed_reason_unstable,
      };
      await told(owner, /its lease.* has been lost/, () =>
        new DevnetControl(devnet!).run('closeLeases', lost),
      );
      expect(telegram.in(stranger.id)).toEqual([]);
    },
    TEST_MS,
  );

  test('takes nobody’s word but the owner’s and the admins’ for backup mode', async () => {
    await told(stranger, /^Only the owner/, says(stranger, '/backup on'));
    await told(owner, /^Backup mode is on/, says(owner, '/backup on'));
    await told(owner, /^Backup mode is over/, says(owner, '/backup off'));
  });

  test(
    'tells each chat, once by each bot in it, that the internet is gone and that it is back',
    async () => {
      const chats = [owner, stranger].flatMap(({ id }) =>
        ['FrontDeskBot', 'MayaBot'].map((bot) => `${String(id)} ${bot}`),
      );
      const toldThat = (words: RegExp): string[] =>
        telegram.said
          .filter(({ visible }) => words.test(visible))
          .map(({ chatId, bot }) => `${String(chatId)} ${bot}`)
          .sort();
      await eventually(async () => {
        expect((await company.get('/resilience/mode')).body).toMatchObject({
          ...{ mode: { state: 'normal' }, canTellOutage: true },
        });
      });
      for (const supplier of internet) supplier.manner = 'swallows';
      await eventually(async () => expect(toldThat(/^Backup mode since/)).toEqual(chats));
      for (const supplier of internet) supplier.manner = 'answers';
      await eventually(
        async () => expect(toldThat(/^Backup mode is over/)).toEqual(chats),
        MODE_MS,
      );
      expect(toldThat(/^Backup mode since/)).toEqual(chats);
    },
    START_MS,
  );
});
