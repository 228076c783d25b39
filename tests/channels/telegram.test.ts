import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import channelsPlugin from '@371os/plugin-channels';
import { answering, RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { TestTelegram, type Person, type Said } from '../support/telegram-server.ts';

const START_MS = 120_000;
const TOKEN = '111:front-desk-secret';
const owner: Person = { id: 1_001, name: 'olga' };
const stranger: Person = { id: 2_002, name: 'sven' };
let telegram: TestTelegram;
let company: RoutedCompany;
let work: (text: string) => Promise<string> | string = () => 'Done.';

beforeAll(async () => {
  telegram = await TestTelegram.start({ [TOKEN]: { id: 111, username: 'FrontDeskBot' } });
  company = await RoutedCompany.start(
    {
      TELEGRAM_BOT_TOKEN: TOKEN,
      TELEGRAM_API_ROOT: telegram.url,
      OWNER_ACCOUNTS: `telegram:${owner.id}`,
      CHANNELS_PER_MINUTE: '1000',
    },
    [channelsPlugin],
  );
  await company.hire('CTO Zara', {
    examples: ['Fix the server'],
    works: answering((text) => work(text)),
  });
}, START_MS);
afterAll(async () => {
  await company.stop();
  await telegram.stop();
}, START_MS);
beforeEach(() => {
  telegram.said.length = 0;
  telegram.calls.length = 0;
});

async function answerTo(person: Person, text: string): Promise<Said[]> {
  const before = telegram.in(person.id).length;
  telegram.write(TOKEN, person, text);
  await eventually(async () => expect(telegram.in(person.id).length).toBeGreaterThan(before));
  return telegram.in(person.id).slice(before);
}

describe('a person', () => {
  test('asks an agent and gets its answer', async () => {
    work = () => 'The server is **fixed** <now> & well.';
    const [said] = await answerTo(owner, 'Fix the server');
    expect(said?.visible).toContain('The server is fixed <now> & well.');
    expect(said?.text).toContain('<b>fixed</b> &lt;now&gt; &amp; well');
    expect(telegram.of('sendChatAction').length).toBeGreaterThan(0);
  });
});
