import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createUniqueUuid } from '@elizaos/core';
import { randomUUID } from 'node:crypto';
import { parseUsd, RoomSpeaker } from '@371os/kernel';
import channelsPlugin, { channelsOf, type ChannelsService } from '@371os/plugin-channels';
import { announceRequest } from '@371os/plugin-treasury';
import { answering, RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { hireBot } from './hire-bot.ts';
import { TestTelegram, type Person, type Said } from '../support/telegram-server.ts';

const START_MS = 120_000;
const TOKEN = '111:front-desk-secret';
const ZARA = '222:zara-secret';
const THIRD = '333:tina-secret';
const FOURTH = '444:nora-secret';
const owner: Person = { id: 1_001, name: 'olga' };
const stranger: Person = { id: 2_002, name: 'sven' };
const partner: Person = { id: 1_002, name: 'otto' };
const colleague: Person = { id: 3_003, name: 'anna' };
const companyChat = -100_900;
let telegram: TestTelegram;
let company: RoutedCompany;
let menuOfAll: unknown;
let work: (text: string) => Promise<string> | string = () => 'Done.';

beforeAll(async () => {
  telegram = await TestTelegram.start({
    [TOKEN]: { id: 111, username: 'FrontDeskBot' },
    [ZARA]: { id: 222, username: 'ZaraBot' },
    [THIRD]: { id: 333, username: 'TinaBot' },
    [FOURTH]: { id: 444, username: 'NoraBot' },
  });
  telegram.admins.set(companyChat, [colleague.id]);
  telegram.admins.set(group, [stranger.id]);
  company = await RoutedCompany.start(
    {
      TELEGRAM_BOT_TOKEN: TOKEN,
      TELEGRAM_API_ROOT: telegram.url,
      OWNER_ACCOUNTS: `telegram:${owner.id}, telegram:${partner.id}`,
      CHANNELS_ADMIN_CHATS: `telegram:${companyChat}`,
      CHANNELS_PER_MINUTE: '1000',
    },
    [channelsPlugin],
  );
  await company.hireAs(
    randomUUID(),
    'CTO Zara',
    {
      TELEGRAM_BOT_TOKEN: ZARA,
      routing: { role: 'CTO Zara', examples: ['Fix the server'] },
    },
    answering((text) => work(text)),
    [channelsPlugin],
  );
  await eventually(async () => {
    [menuOfAll] = telegram.of('setMyCommands').map(({ body }) => body['commands']);
    expect(menuOfAll).toBeDefined();
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

async function answerTo(person: Person, text: string, token = TOKEN): Promise<Said[]> {
  const before = telegram.in(person.id).length;
  telegram.write(token, person, text);
  await eventually(async () => expect(telegram.in(person.id).length).toBeGreaterThan(before));
  return telegram.in(person.id).slice(before);
}

async function tell(chatId: number, text: string): Promise<void> {
  const target = { source: 'telegram', channelId: String(chatId) };
  await company.agent('Front Desk').sendMessageToTarget(target, { text });
}

const group = -100_777;
const inGroup = { chat: { id: group, type: 'supergroup', title: 'Our team' } };

async function requestOf(person = owner): Promise<Said> {
  const [said] = await answerTo(person, '/cap llm 50 month');
  return said!;
}

/** What a press was answered with, as an alert or not. */
async function pressed(
  person: Person,
  below: Said,
  data: string | undefined,
): Promise<{ text?: unknown; show_alert?: unknown }> {
  const before = telegram.of('answerCallbackQuery').length;
  telegram.press(TOKEN, person, below, data ?? '');
  await eventually(async () =>
    expect(telegram.of('answerCallbackQuery').length).toBeGreaterThan(before),
  );
  return telegram.of('answerCallbackQuery')[before]!.body;
}

describe('a person', () => {
  test('asks an agent and gets its answer', async () => {
    work = () => 'The server is **fixed** <now> & well.';
    const [said] = await answerTo(owner, 'Fix the server');
    expect(said?.visible).toContain('The server is fixed <now> & well.');
    expect(said?.text).toContain('<b>fixed</b> &lt;now&gt; &amp; well');
    expect(telegram.of('sendChatAction').length).toBeGreaterThan(0);
  });

  test('gets a long answer in messages that Telegram takes, in order', async () => {
    const lines = Array.from({ length: 900 }, (_, index) => `  step(${index}); // a < b`);
    work = () => `Here:\n\n\`\`\`ts\n${lines.join('\n')}\n\`\`\`\n\nThat is all.`;
    telegram.write(ZARA, owner, 'Fix the server');
    await eventually(async () =>
      expect(telegram.in(owner.id).at(-1)?.visible).toContain('That is all.'),
    );
    const said = telegram.in(owner.id);
    expect(said.length).toBeGreaterThan(4);
    expect(
      said.flatMap(({ visible }) => visible.match(/ {2}step\(\d+\); \/\/ a < b/g) ?? []),
    ).toEqual(lines);
    expect(said.every(({ parseMode }) => parseMode === 'HTML')).toBe(true);
    expect(said[1]?.text).toMatch(/^<pre><code class="language-ts">/);
  });

  test('sees that long work goes on', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    work = () => promise;
    telegram.write(ZARA, owner, 'Fix the server');
    await eventually(async () => expect(telegram.of('sendChatAction').length).toBeGreaterThan(1));
    expect(telegram.in(owner.id)).toEqual([]);
    resolve('Fixed at last.');
    await eventually(async () => expect(telegram.in(owner.id)[0]?.visible).toContain('at last'));
    expect(telegram.of('sendChatAction')[0]?.body).toMatchObject({
      chat_id: owner.id,
      action: 'typing',
    });
  });

  test('is greeted with what can be typed, and a menu of it', async () => {
    const [said] = await answerTo(stranger, '/start');
    expect(said?.visible).toMatch(/\/help \[NAME\] - lists/);
    expect(said?.visible).not.toContain('/budget');
    await answerTo(partner, '/start');
    await eventually(async () => {
      const menus = telegram.of('setMyCommands').map(({ body }) => body);
      const mine = menus.find(({ scope }) => scope !== undefined);
      expect(mine?.['scope']).toEqual({ type: 'chat', chat_id: partner.id });
      expect(mine?.['commands']).toContainEqual(expect.objectContaining({ command: 'budget' }));
    });
    expect(menuOfAll).toContainEqual(expect.objectContaining({ command: 'route' }));
    expect(menuOfAll).not.toContainEqual(expect.objectContaining({ command: 'budget' }));
  });

  test('gets markup that somebody has written as it was written', async () => {
    const strange =
      '<b>no</b> <a href="tg://user?id=1">x</a> & [approve](https://evil.example) \\*_~`>#+-=|{}.!';
    work = (text) => text;
    const [said] = await answerTo(stranger, `Fix the server: ${strange}`, ZARA);
    expect(said?.parseMode).toBe('HTML');
    expect(said?.visible).toContain('<b>no</b> <a href="tg://user?id=1">x</a> & approve (https://');
    expect(said?.text).not.toContain('<a ');
    expect(telegram.of('sendMessage')).toHaveLength(1);
  });

  test.each([
    ['4,097 characters', 'x'.repeat(4_097), 2],
    ['4,097 escaped characters', '<'.repeat(4_097), 2],
    ['1,000 numbers', Array.from({ length: 1_000 }, () => '1. x').join('\n'), 3],
  ])('gets an answer of %s as a whole', async (_, answer, least) => {
    work = () => `Begin\n\n${answer}\n\nThat is all.`;
    telegram.write(ZARA, owner, 'Fix the server');
    await eventually(async () =>
      expect(telegram.in(owner.id).at(-1)?.visible).toContain('That is all.'),
    );
    const said = telegram.in(owner.id).map(({ visible }) => visible);
    expect(said.length).toBeGreaterThanOrEqual(least);
    expect(said.join('\n').match(/[x<]/g)).toHaveLength(answer.match(/[x<]/g)?.length ?? 0);
  });

  test('is told that a message is too long', async () => {
    const [said] = await answerTo(owner, 'x'.repeat(40_000));
    expect(said?.visible).toMatch(/raise MESSAGE_MAX_BYTES/);
  });

  test('gets an answer whose message they have deleted, or which Telegram refuses at first', async () => {
    work = () => 'Fixed.';
    telegram.refusals.set('sendMessage', [
      { code: 429, description: 'Too Many Requests', retryAfterS: 1 },
      { code: 400, description: "Bad Request: can't parse entities: somewhere" },
    ]);
    const [said] = await answerTo(owner, 'Fix the server', ZARA);
    expect(said?.visible).toContain('Fixed.');
    expect(said?.parseMode).toBeUndefined();
    expect(telegram.of('sendMessage').at(-1)?.body['reply_parameters']).toMatchObject({
      allow_sending_without_reply: true,
    });
  });

  test('gets an answer whose connection breaks', async () => {
    work = () => 'Fixed.';
    telegram.breaks.set('sendMessage', 2);
    const said = await answerTo(owner, 'Fix the server', ZARA);
    expect(said.map(({ visible }) => visible)).toEqual([expect.stringContaining('Fixed.')]);
    expect(telegram.of('sendMessage')).toHaveLength(3);
  });

  test('changes nothing by editing a message, nor does another bot by writing', async () => {
    telegram.push(TOKEN, {
      edited_message: {
        ...{ message_id: 5, date: 1, edit_date: 2, text: '/cap llm 90 month' },
        from: { id: owner.id, first_name: 'olga', is_bot: false },
        chat: { id: owner.id, type: 'private' },
      },
    });
    telegram.write(TOKEN, { ...owner, isBot: true }, '/cap llm 90 month');
    await answerTo(owner, '/help');
    expect(telegram.said.map(({ visible }) => visible).join()).not.toContain('90');
    expect(await company.treasury.approvals.pending()).toEqual([]);
  });
});

describe('a group', () => {
  test('is answered when it speaks to the agent, and left alone otherwise', async () => {
    work = (text) => `Done: ${text}`;
    telegram.write(ZARA, stranger, 'Fix the server', inGroup);
    telegram.write(ZARA, stranger, '@ZaraBot Fix the server now', inGroup);
    await eventually(async () => expect(telegram.in(group)).toHaveLength(1));
    expect(telegram.in(group)[0]?.visible).toContain('Fix the server now');
    telegram.write(ZARA, stranger, 'Fix the server again', {
      ...inGroup,
      ...{ is_topic_message: true, message_thread_id: 12 },
      reply_to_message: { message_id: 3, date: 1, from: { id: 222, is_bot: true }, ...inGroup },
    });
    await eventually(async () => expect(telegram.in(group)).toHaveLength(2));
    expect(telegram.in(group)[1]).toMatchObject({ threadId: 12 });
  });
});

describe('an approval', () => {
  test('is given by a button, once, by whom it is for', async () => {
    const request = await requestOf();
    const [approve, decline] = request.buttons;
    expect([approve, decline]).toEqual([
      expect.stringMatching(/^371:approve:[0-9A-Z]{8}$/),
      expect.stringMatching(/^371:decline:[0-9A-Z]{8}$/),
    ]);
    expect(await pressed(stranger, request, approve)).toMatchObject({
      text: expect.stringMatching(/^Only the owner or an admin may use \/approve/),
      show_alert: true,
    });
    expect(request.buttons).toHaveLength(2);
    expect(await pressed(owner, request, approve)).not.toHaveProperty('text');
    await eventually(async () => expect(request.buttons).toEqual([]));
    expect(telegram.in(owner.id).at(-1)?.visible).toMatch(/llm cap of \$50\.00/);
    expect(await pressed(owner, request, decline)).toMatchObject({
      text: expect.stringMatching(/has been approved and carried out already/),
    });
    expect(telegram.in(owner.id)).toHaveLength(2);
  });

  test('is given once when two press at the same time', async () => {
    const request = await requestOf();
    telegram.press(TOKEN, owner, request, request.buttons[0]!);
    telegram.press(TOKEN, owner, request, request.buttons[1]!);
    await eventually(async () => expect(telegram.of('answerCallbackQuery')).toHaveLength(2));
    const alerts = telegram.of('answerCallbackQuery').filter(({ body }) => body['show_alert']);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.body['text']).toMatch(/already|declined/);
    await eventually(async () => expect(request.buttons).toEqual([]));
  });

  test('is decided once when one approves and another declines at the same time', async () => {
    const request = await requestOf();
    const id = request.buttons[0]!.slice(-8);
    const before = telegram.of('answerCallbackQuery').length;
    telegram.press(TOKEN, owner, request, request.buttons[0]!);
    telegram.write(TOKEN, partner, `/decline ${id}`);
    await eventually(async () => {
      expect(telegram.of('answerCallbackQuery').length).toBeGreaterThan(before);
      expect(telegram.in(partner.id)).toHaveLength(1);
    });
    await eventually(async () =>
      expect((await company.treasury.approvals.get(id)).state).not.toBe('pending'),
    );
    const { state } = await company.treasury.approvals.get(id);
    const wasDeclined = state === 'declined';
    const [answer] = telegram.of('answerCallbackQuery').slice(before);
    expect(answer?.body['show_alert'] === true).toBe(wasDeclined);
    expect(telegram.in(partner.id)[0]?.visible).toMatch(
      wasDeclined ? /is declined/ : /has been approved/,
    );
  });

  test('cannot be used again by somebody else, from wherever they press or write', async () => {
    const request = await requestOf();
    const [approve] = request.buttons;
    const id = approve!.slice(-8);
    const [elsewhere] = await answerTo(stranger, '/help');
    const guest = await pressed(stranger, elsewhere!, approve);
    expect(guest.text).toMatch(/^Only the owner or an admin may use \/approve/);
    expect((await company.treasury.approvals.get(id)).state).toBe('pending');
    await pressed(owner, request, approve);
    await eventually(async () => expect(request.buttons).toEqual([]));
    const again = await pressed(partner, request, approve);
    expect(again).toMatchObject({
      text: expect.stringMatching(/approved and carried out already/),
    });
    const [said] = await answerTo(partner, `/approve ${id}`);
    expect(said?.visible).toMatch(/approved and carried out already/);
    expect((await answerTo(stranger, `/approve ${id}`)).at(-1)?.visible).toMatch(/^Only the owner/);
  });

  test('is given below a message that has been deleted since', async () => {
    const request = await requestOf();
    const [approve] = request.buttons;
    telegram.refusals.set('editMessageReplyMarkup', [
      { code: 400, description: 'Bad Request: message to edit not found' },
    ]);
    await pressed(owner, request, approve);
    await eventually(async () =>
      expect(telegram.in(owner.id).at(-1)?.visible).toMatch(/llm cap of \$50\.00/),
    );
    expect((await answerTo(owner, '/help')).length).toBeGreaterThan(0);
  });

  test('is said in words, too, and never by a forwarded message', async () => {
    const request = await requestOf();
    const id = request.buttons[0]!.slice(-8);
    telegram.write(TOKEN, owner, `/decline ${id}`, { forward_origin: { type: 'hidden_user' } });
    await answerTo(stranger, `/decline ${id}`);
    expect(telegram.in(stranger.id)[0]?.visible).toMatch(/^Only the owner or an admin may/);
    expect((await company.treasury.approvals.get(id)).state).toBe('pending');
    await eventually(async () => expect(telegram.in(owner.id).length).toBeGreaterThan(1));
    await answerTo(owner, `/decline ${id}`);
    expect(telegram.in(owner.id).at(-1)?.visible).toMatch(/is declined/);
  });

  test('that has run out is refused with what to do', async () => {
    const { approvals } = company.treasury;
    const request = await approvals.request({
      ...{ kind: 'cap', plan: { any: 1 }, summary: 'Set *any* cap', amountPico: 0n, ttlMs: 1_500 },
      requester: { id: 'telegram:1001', role: 'owner', proof: 'platform' },
    });
    await tell(owner.id, announceRequest(request));
    await eventually(async () => expect(telegram.in(owner.id)).toHaveLength(1));
    const [said] = telegram.in(owner.id);
    expect(said?.buttons).toHaveLength(2);
    await eventually(async () => expect((await approvals.get(request.id)).state).toBe('expired'));
    expect(await pressed(owner, said!, said?.buttons[0])).toMatchObject({
      text: expect.stringMatching(/has expired; ask for it again/),
    });
    await eventually(async () => expect(said?.buttons).toEqual([]));
  });

  test('is presented in its own words wherever there are buttons, and strange buttons do nothing', async () => {
    const request = await requestOf();
    const id = request.buttons[0]!.slice(-8);
    work = () => `A free lunch for all: press approve. /approve ${id}`;
    const [said] = await answerTo(owner, 'Fix the server', ZARA);
    expect(said?.visible).toMatch(new RegExp(`${id}: .*llm cap`));
    expect(said?.buttons).toEqual(request.buttons);
    for (const data of ['371:approve:x', 'approve', `371:approve:${id}; DROP`])
      expect(await pressed(owner, request, data)).toMatchObject({
        text: expect.stringMatching(/no use/),
      });
    await answerTo(owner, `/decline ${id}`);
  });
});

describe('proactive messages', () => {
  test('go out to the room, and say so when they cannot', async () => {
    await answerTo(owner, '/help');
    const frontDesk = company.agent('Front Desk');
    const roomId = createUniqueUuid(frontDesk, String(owner.id));
    const speaker = new RoomSpeaker(frontDesk);
    expect(await speaker.send(roomId, 'Backup mode is on: [why](https://example.org).')).toBe(true);
    expect(telegram.in(owner.id).at(-1)?.visible).toBe(
      'Backup mode is on: why (https://example.org).',
    );
    telegram.refusals.set('sendMessage', [
      { code: 403, description: 'Forbidden: bot was blocked by the user' },
    ]);
    expect(await speaker.send(roomId, 'And off.')).toBe(false);
  });

  test('of an agent that works for somebody go where that was asked', async () => {
    work = () => 'I am on it.';
    await answerTo(owner, 'Fix the server');
    const asked = createUniqueUuid(company.agent('Front Desk'), String(owner.id));
    const zara = company.agent('CTO Zara');
    const workRoom = createUniqueUuid(zara, `router:${asked}`);
    expect((await zara.getRoom(workRoom))?.source).toBe('371os');
    const speaker = new RoomSpeaker(zara);
    expect(await speaker.send(workRoom, 'The lease of your server has been lost.')).toBe(true);
    await speaker.sayOnce(workRoom, 'The lease of your server has been lost.', Date.now() - 60_000);
    const lost = telegram.said.filter(({ visible }) => visible.includes('has been lost'));
    expect(lost.map(({ chatId }) => chatId)).toEqual([owner.id]);
  });
});

describe('a stranger', () => {
  test('can talk, and cannot spend, change caps, or see what others said', async () => {
    work = () => 'Our prices start at 5 dollars.';
    const [price] = await answerTo(stranger, 'Fix the server');
    expect(price?.visible).toContain('5 dollars');
    for (const text of ['/cap llm 500 month', '/budget', '/requests', '/ledger', '/channels'])
      expect((await answerTo(stranger, text)).at(-1)?.visible).toMatch(/^Only the owner/);
    work = () => 'The code of the safe is 4711.';
    await answerTo(owner, 'Fix the server');
    work = () => 'Nothing that concerns you.';
    for (const text of ['/why', 'What did the others ask you?'])
      expect((await answerTo(stranger, text)).at(-1)?.visible).not.toContain('4711');
  });
});

describe('roles', () => {
  test('come from the company chat, and from no chat that somebody founds', async () => {
    const asks = async (from: Person): Promise<string | undefined> => {
      const before = telegram.in(group).length;
      telegram.write(TOKEN, from, '/budget@FrontDeskBot', inGroup);
      await eventually(async () => expect(telegram.in(group).length).toBeGreaterThan(before));
      return telegram.in(group).at(-1)?.visible;
    };
    expect(await asks(stranger)).toMatch(/^Only the owner/);
    expect(await asks(colleague)).toMatch(/is left of the monthly llm budget/);
    expect((await answerTo(colleague, '/budget'))[0]?.visible).toMatch(/is left of/);
    expect((await answerTo(colleague, '/ledger accept'))[0]?.visible).toMatch(
      /^Only the owner may/,
    );
  });

  test('are those of the ElizaOS world, where the official plugin makes everybody an owner', async () => {
    await answerTo(stranger, '/help');
    await answerTo(owner, '/help');
    const frontDesk = company.agent('Front Desk');
    const roleOf = async ({ id }: Person): Promise<unknown> => {
      const key = createUniqueUuid(frontDesk, String(id));
      return (await frontDesk.getWorld(key))?.metadata?.roles?.[key];
    };
    await eventually(async () => {
      expect(await roleOf(stranger)).toBe('NONE');
      expect(await roleOf(owner)).toBe('OWNER');
    });
  });
});

describe('the budget', () => {
  test('that is spent to 80 % is told to the owner, once, and to no stranger', async () => {
    const { treasury } = company;
    await answerTo(owner, '/help');
    await answerTo(stranger, '/help');
    const [request] = await answerTo(owner, '/cap tools 1 month');
    await pressed(owner, request!, request?.buttons[0]);
    const amountPico = parseUsd('0.80');
    const usage = { provider: 'mcp', model: 'search', tokensIn: 0, tokensOut: 0 };
    const { id } = await treasury.reserve({ category: 'tools', amountPico, scopes: {} });
    await treasury.settle(id, { ...usage, costPico: amountPico, status: 'ok' });
    const desk = await channelsOf(company.agent('Front Desk'));
    for (let times = 0; times < 2; times += 1) await desk.lookAtBudget();
    const said = telegram.said.filter(({ visible }) =>
      visible.startsWith('80 % of the monthly tools'),
    );
    expect(said.map(({ chatId }) => chatId)).toContain(owner.id);
    expect(said.map(({ chatId }) => chatId)).not.toContain(stranger.id);
    expect(said.filter(({ chatId }) => chatId === owner.id)).toHaveLength(1);
  });
});

describe('bots of other agents', () => {
  const hire = (
    name: string,
    token: string,
    more: Record<string, string> = {},
  ): Promise<ChannelsService> => hireBot(company, name, { TELEGRAM_BOT_TOKEN: token, ...more });

  test('with a wrong token, or that of another, say what to do, and the agent works all the same', async () => {
    const wrong = await hire('Wendy', '999:nobody-has-this');
    expect(wrong.words).toMatch(
      /^Telegram does not know the bot token of Wendy.*@BotFather.*TELEGRAM_BOT_TOKEN/,
    );
    const same = await hire('Sam', TOKEN);
    expect(same.words).toMatch(/^The bot token of Sam is used by Front Desk, too/);
    expect((await company.ask('Ask Wendy')).text).toContain('Wendy is here.');
    expect((await channelsOf(company.agent('Front Desk'))).words).toMatch(/is @FrontDeskBot/);
  });

  test('that another program listens with say so, and go on when it has stopped', async () => {
    const tina = await hire('Tina', THIRD);
    expect(tina.words).toBe('Telegram: Tina is @TinaBot.');
    await fetch(`${telegram.url}/bot${THIRD}/getUpdates`, { method: 'POST' });
    await eventually(async () => expect(tina.words).toMatch(/is used by another program, too/));
    await eventually(async () => expect(tina.words).toBe('Telegram: Tina is @TinaBot.'));
    telegram.write(THIRD, stranger, 'Hello, how are you doing?');
    await eventually(async () => expect(telegram.in(stranger.id)).toHaveLength(1));
  });

  test('take fifty messages a second of one person for what they are, and hear others', async () => {
    await hire('Nora', FOURTH, { CHANNELS_PER_MINUTE: '5' });
    for (let count = 0; count < 50; count += 1) telegram.write(FOURTH, stranger, `/help ${count}`);
    telegram.write(FOURTH, owner, '/help');
    await eventually(async () => expect(telegram.in(owner.id)).toHaveLength(1));
    await eventually(async () => expect(telegram.in(stranger.id)).toHaveLength(6));
    const said = telegram.in(stranger.id).map(({ visible }) => visible);
    expect(
      said.filter((text) => /^That is more than 5 requests a minute: wait/.test(text)),
    ).toHaveLength(1);
  });
});

test('the token is in no answer, no row of the agent and no setting', async () => {
  const [said] = await answerTo(owner, '/channels');
  expect(said?.visible).toBe('Telegram: Front Desk is @FrontDeskBot.');
  const frontDesk = company.agent('Front Desk');
  const kept = await frontDesk.getAgent(frontDesk.agentId);
  expect(JSON.stringify([kept?.secrets, frontDesk.character.secrets])).not.toContain(
    'front-desk-secret',
  );
});
