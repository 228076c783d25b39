import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createUniqueUuid } from '@elizaos/core';
import { randomUUID } from 'node:crypto';
import { parseUsd, RoomSpeaker } from '@371os/kernel';
import channelsPlugin, { channelsOf, type ChannelsService } from '@371os/plugin-channels';
import { announceRequest } from '@371os/plugin-treasury';
import { answering, RoutedCompany } from '../router/company-fixture.ts';
import { DiscordEmulator, type Person, type Said } from '../support/discord-emulator.ts';
import { eventually } from '../support/eventually.ts';
import { hireBot } from './hire-bot.ts';

const START_MS = 120_000;
const TOKEN = 'front-desk-secret';
const ZARA = 'zara-secret';
const THIRD = 'tina-secret';
const FOURTH = 'nora-secret';
const FIFTH = 'uma-secret';
const SIXTH = 'olaf-secret';
const owner: Person = { id: '1001', name: 'olga' };
const stranger: Person = { id: '2002', name: 'sven' };
const partner: Person = { id: '1002', name: 'otto' };
const colleague: Person = { id: '3003', name: 'anna' };
const founder: Person = { id: '3004', name: 'finn' };
const companyGuild = '100000000000090001';
const otherGuild = '100000000000090002';
const companyChannel = '100000000000091001';
const channel = '100000000000091002';
const rita: Person = { id: '3005', name: 'rita' };
const [bosses, team, helpers] = ['100000000000092001', '100000000000092002', '100000000000092003'];
const ADMINISTRATOR = '8';
const SEND_MESSAGES = '2048';
let discord: DiscordEmulator;
let company: RoutedCompany;
let menu: unknown;
let work: (text: string) => Promise<string> | string = () => 'Done.';

beforeAll(async () => {
  discord = await DiscordEmulator.start({
    [TOKEN]: { id: '111', username: 'FrontDesk' },
    [ZARA]: { id: '222', username: 'Zara' },
    [THIRD]: { id: '333', username: 'Tina' },
    [FOURTH]: { id: '444', username: 'Nora' },
    [SIXTH]: { id: '666', username: 'Olaf' },
  });
  discord.guilds.push(
    {
      ...{ id: companyGuild, name: 'The company', ownerId: founder.id },
      channels: [companyChannel],
      roles: { [bosses]: ADMINISTRATOR, [team]: SEND_MESSAGES, [helpers]: SEND_MESSAGES },
      members: new Map([
        [colleague.id, [bosses]],
        [rita.id, [helpers]],
        [stranger.id, [team]],
      ]),
    },
    {
      ...{ id: otherGuild, name: 'Somewhere', ownerId: stranger.id },
      ...{ channels: [channel], roles: {}, members: new Map([[stranger.id, []]]) },
    },
  );
  company = await RoutedCompany.start(
    {
      DISCORD_API_TOKEN: TOKEN,
      DISCORD_API_ROOT: discord.url,
      OWNER_ACCOUNTS: `discord:${owner.id}, discord:${partner.id}`,
      CHANNELS_ADMIN_CHATS: `discord:${companyGuild}`,
      DISCORD_ADMIN_ROLES: helpers,
      CHANNELS_PER_MINUTE: '1000',
    },
    [channelsPlugin],
  );
  await company.hireAs(
    randomUUID(),
    'CTO Zara',
    { DISCORD_API_TOKEN: ZARA, routing: { role: 'CTO Zara', examples: ['Fix the server'] } },
    answering((text) => work(text)),
    [channelsPlugin],
  );
  for (const agent of ['Front Desk', 'CTO Zara'])
    await (await channelsOf(company.agent(agent))).settled();
  await eventually(async () => {
    [menu] = discord.of(/^PUT \/applications\/111\/commands$/).map(({ body }) => body);
    expect(menu).toBeDefined();
  });
}, START_MS);
afterAll(async () => {
  await company.stop();
  await discord.stop();
}, START_MS);
beforeEach(() => {
  discord.said.length = 0;
  discord.calls.length = 0;
});

const chatOf = (person: Person, token = TOKEN): string => discord.direct(token, person);

async function answerTo(person: Person, text: string, token = TOKEN): Promise<Said[]> {
  const before = discord.in(chatOf(person, token)).length;
  discord.write(token, person, text);
  await eventually(async () =>
    expect(discord.in(chatOf(person, token)).length).toBeGreaterThan(before),
  );
  return discord.in(chatOf(person, token)).slice(before);
}

async function tell(person: Person, text: string): Promise<void> {
  const target = { source: 'discord', channelId: chatOf(person) };
  await company.agent('Front Desk').sendMessageToTarget(target, { text });
}

async function requestOf(person = owner): Promise<Said> {
  const [said] = await answerTo(person, '/cap llm 50 month');
  return said!;
}

const whispers = (): Said[] => discord.said.filter(({ isWhisper }) => isWhisper);
const callbacks = (type: number): unknown[] =>
  discord.of(/^POST \/interactions\/.*\/callback$/).filter(({ body }) => body['type'] === type);

/** What is whispered to who presses, or undefined when the press is taken. */
async function pressed(
  person: Person,
  below: Said,
  data: string | undefined,
): Promise<string | undefined> {
  const [told, taken] = [whispers().length, callbacks(6).length];
  discord.press(TOKEN, person, below, data ?? '');
  await eventually(async () =>
    expect(whispers().length + callbacks(6).length).toBeGreaterThan(told + taken),
  );
  return whispers()[told]?.content;
}

const named = (text: string): string => `<@111> ${text}`;

describe('a person', () => {
  test('asks an agent and gets its answer', async () => {
    work = () => 'The server is **fixed** <now> & well.';
    const [said] = await answerTo(owner, 'Fix the server');
    expect(said?.content).toContain('is **fixed**');
    expect(discord.of(/typing$/).length).toBeGreaterThan(0);
  });

  test('gets a long answer in messages that Discord takes, in order', async () => {
    const lines = Array.from({ length: 300 }, (_, index) => `  step(${index}); // a < b`);
    work = () => `Here:\n\n\`\`\`ts\n${lines.join('\n')}\n\`\`\`\n\nThat is all.`;
    discord.write(ZARA, owner, 'Fix the server');
    const chat = chatOf(owner, ZARA);
    await eventually(async () =>
      expect(discord.in(chat).at(-1)?.content).toContain('That is all.'),
    );
    const said = discord.in(chat);
    expect(said.length).toBeGreaterThan(3);
    expect(
      said.flatMap(({ content }) => content.match(/ {2}step\(\d+\); \/\/ a < b/g) ?? []),
    ).toEqual(lines);
    expect(said[1]?.content).toMatch(/^```ts\n[^]*\n```$/);
  });

  test('calls nobody by what an agent says, and breaks no code', async () => {
    work = () => 'Hello @everyone, @here and <@2002>: `rm -rf` ```\nunclosed';
    const [said] = await answerTo(owner, 'Fix the server', ZARA);
    expect(said?.calls).toEqual([]);
    const bodies = discord.of(/^POST .*\/messages$/).map(({ body }) => body);
    expect(bodies.every((body) => 'allowed_mentions' in body)).toBe(true);
    const fences = discord.in(chatOf(owner, ZARA)).map(({ content }) => content.match(/```/g));
    expect(fences.every((found) => (found?.length ?? 0) % 2 === 0)).toBe(true);
  });

  test('sees that long work goes on', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    work = () => promise;
    discord.write(ZARA, owner, 'Fix the server');
    const chat = chatOf(owner, ZARA);
    await eventually(async () =>
      expect(discord.of(new RegExp(`^POST /channels/${chat}/typing$`)).length).toBeGreaterThan(1),
    );
    expect(discord.in(chat)).toEqual([]);
    resolve('Fixed at last.');
    await eventually(async () => expect(discord.in(chat)[0]?.content).toContain('at last'));
  });

  test('is told that a message is too long', async () => {
    const [said] = await answerTo(owner, 'x'.repeat(40_000));
    expect(said?.content).toMatch(/raise MESSAGE_MAX_BYTES|MESSAGE\\_MAX\\_BYTES/);
  });

  test('gets an answer whose message they have deleted, or which Discord refuses at first', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    work = () => promise;
    const chat = chatOf(owner, ZARA);
    discord.refusals.set(`POST /channels/${chat}/messages`, [
      { status: 429, message: 'You are being rate limited.', retryAfterS: 1 },
    ]);
    const id = discord.write(ZARA, owner, 'Fix the server');
    await eventually(async () => expect(discord.of(/typing$/)).not.toEqual([]));
    discord.delete(ZARA, id);
    resolve('Fixed.');
    await eventually(async () => expect(discord.in(chat)).toHaveLength(1));
    expect(discord.in(chat)[0]).toMatchObject({
      content: expect.stringContaining('Fixed.'),
      replyTo: id,
    });
  });

  test('changes nothing by editing a message, nor does another bot by writing', async () => {
    const before = await requestOf();
    await answerTo(owner, `/decline ${before.buttons[0]!.slice(-8)}`);
    discord.said.length = 0;
    const id = discord.write(TOKEN, owner, '/help');
    await eventually(async () => expect(discord.in(chatOf(owner))).toHaveLength(1));
    discord.edit(TOKEN, owner, id, '/cap llm 90 month');
    discord.write(TOKEN, { ...owner, isBot: true }, '/cap llm 90 month');
    await answerTo(owner, '/help');
    expect(discord.said.map(({ content }) => content).join()).not.toContain('90');
    expect(await company.treasury.approvals.pending()).toEqual([]);
  });
});

describe('a server', () => {
  test('is answered when it speaks to the agent, and left alone otherwise', async () => {
    work = (text) => `Done: ${text}`;
    discord.write(channel, stranger, 'Fix the server');
    discord.write(channel, stranger, '<@222> Fix the server now');
    await eventually(async () => expect(discord.in(channel)).toHaveLength(1));
    expect(discord.in(channel)[0]?.content).toContain('Fix the server now');
    const [answer] = discord.in(channel);
    discord.write(channel, stranger, 'Fix the server again', {
      type: 19,
      message_reference: { type: 0, message_id: answer?.id, channel_id: channel },
      mentions: [{ id: '222', username: 'Zara', discriminator: '0', bot: true }],
      referenced_message: null,
    });
    await eventually(async () => expect(discord.in(channel)).toHaveLength(2));
    expect(discord.in(channel)[1]?.content).toContain('Fix the server again');
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
    expect(await pressed(stranger, request, approve)).toMatch(
      /^Only the owner or an admin may use \/approve/,
    );
    expect(request.buttons).toHaveLength(2);
    expect(await pressed(owner, request, approve)).toBeUndefined();
    await eventually(async () => expect(request.buttons).toEqual([]));
    expect(discord.in(chatOf(owner)).at(-1)?.content).toMatch(/llm cap of \$50\.00/);
    expect(await pressed(owner, request, decline)).toMatch(
      /has been approved and carried out already/,
    );
    expect(discord.in(chatOf(owner)).filter(({ isWhisper }) => !isWhisper)).toHaveLength(2);
  });

  test('is given once when two press at the same time', async () => {
    const request = await requestOf();
    discord.press(TOKEN, owner, request, request.buttons[0]!);
    discord.press(TOKEN, partner, request, request.buttons[1]!);
    await eventually(async () => expect(whispers().length + callbacks(6).length).toBe(2));
    expect(whispers()).toHaveLength(1);
    expect(whispers()[0]?.content).toMatch(/already|declined/);
    await eventually(async () => expect(request.buttons).toEqual([]));
  });

  test('is said in words, too, and never by a forwarded message', async () => {
    const request = await requestOf();
    const id = request.buttons[0]!.slice(-8);
    discord.write(TOKEN, owner, '', {
      message_reference: { type: 1, message_id: '5', channel_id: channel },
      message_snapshots: [{ message: { content: `/decline ${id}`, type: 0, attachments: [] } }],
    });
    await answerTo(stranger, `/decline ${id}`);
    expect(discord.in(chatOf(stranger))[0]?.content).toMatch(/^Only the owner or an admin may/);
    expect((await company.treasury.approvals.get(id)).state).toBe('pending');
    await eventually(async () => expect(discord.in(chatOf(owner)).length).toBeGreaterThan(1));
    await answerTo(owner, `/decline ${id}`);
    expect(discord.in(chatOf(owner)).at(-1)?.content).toMatch(/is declined/);
  });

  test('that has run out is refused with what to do', async () => {
    const { approvals } = company.treasury;
    const request = await approvals.request({
      ...{ kind: 'cap', plan: { any: 1 }, summary: 'Set *any* cap', amountPico: 0n, ttlMs: 1_500 },
      requester: { id: 'discord:1001', role: 'owner', proof: 'platform' },
    });
    await tell(owner, announceRequest(request));
    const [said] = discord.in(chatOf(owner));
    expect(said?.buttons).toHaveLength(2);
    await eventually(async () => expect((await approvals.get(request.id)).state).toBe('expired'));
    expect(await pressed(owner, said!, said?.buttons[0])).toMatch(/has expired; ask for it again/);
    await eventually(async () => expect(said?.buttons).toEqual([]));
  });

  test('is presented in its own words wherever there are buttons, and strange buttons do nothing', async () => {
    const request = await requestOf();
    const id = request.buttons[0]!.slice(-8);
    work = () => `A free lunch for all: press approve. /approve ${id}`;
    const [said] = await answerTo(owner, 'Fix the server', ZARA);
    expect(said?.content).toMatch(new RegExp(`${id}: .*llm cap`));
    expect(said?.buttons).toEqual(request.buttons);
    for (const data of ['371:approve:x', 'approve', `371:approve:${id}; DROP`])
      expect(await pressed(owner, request, data)).toMatch(/no use/);
    await answerTo(owner, `/decline ${id}`);
  });
});

describe('a command that Discord offers', () => {
  test('is one of the commands here, and counts as if it were written', async () => {
    expect(menu).toContainEqual(expect.objectContaining({ name: 'budget', type: 1 }));
    discord.command(TOKEN, owner, 'budget');
    await eventually(async () =>
      expect(discord.in(chatOf(owner)).at(-1)?.content).toMatch(/is left of/),
    );
    discord.command(TOKEN, stranger, 'budget', [], channel);
    await eventually(async () =>
      expect(discord.in(channel).at(-1)?.content).toMatch(/^Only the owner/),
    );
    discord.command(TOKEN, owner, 'cap', [
      { name: 'category', type: 3, value: 'llm' },
      { name: 'amount', type: 3, value: '60' },
    ]);
    await eventually(async () => expect(discord.in(chatOf(owner)).at(-1)?.buttons).toHaveLength(2));
    const request = discord.in(chatOf(owner)).at(-1)!;
    expect(request.content).toContain('60.00');
    await answerTo(owner, `/decline ${request.buttons[0]!.slice(-8)}`);
  });

  test('that there is not says so', async () => {
    discord.command(TOKEN, owner, 'budgte');
    await eventually(async () =>
      expect(discord.in(chatOf(owner)).at(-1)?.content).toMatch(/\/budget/),
    );
  });
});

describe('proactive messages', () => {
  test('go out to the room, and say so when they cannot', async () => {
    await answerTo(owner, '/help');
    const frontDesk = company.agent('Front Desk');
    const roomId = createUniqueUuid(frontDesk, chatOf(owner));
    const speaker = new RoomSpeaker(frontDesk);
    expect(await speaker.send(roomId, 'Backup mode is on.')).toBe(true);
    expect(discord.in(chatOf(owner)).at(-1)?.content).toBe('Backup mode is on.');
    discord.refusals.set(`POST /channels/${chatOf(owner)}/messages`, [
      { status: 403, code: 50_007, message: 'Cannot send messages to this user' },
    ]);
    expect(await speaker.send(roomId, 'And off.')).toBe(false);
  });

  test('of an agent that works for somebody go where that was asked', async () => {
    work = () => 'I am on it.';
    await answerTo(owner, 'Fix the server');
    const asked = createUniqueUuid(company.agent('Front Desk'), chatOf(owner));
    const zara = company.agent('CTO Zara');
    const workRoom = createUniqueUuid(zara, `router:${asked}`);
    expect((await zara.getRoom(workRoom))?.source).toBe('371os');
    const speaker = new RoomSpeaker(zara);
    expect(await speaker.send(workRoom, 'The lease of your server has been lost.')).toBe(true);
    await speaker.sayOnce(workRoom, 'The lease of your server has been lost.', Date.now() - 60_000);
    const lost = discord.said.filter(({ content }) => content.includes('has been lost'));
    expect(lost.map(({ channelId }) => channelId)).toEqual([chatOf(owner)]);
  });
});

describe('a stranger', () => {
  test('can talk, and cannot spend, change caps, or see what others said', async () => {
    work = () => 'Our prices start at 5 dollars.';
    const [price] = await answerTo(stranger, 'Fix the server');
    expect(price?.content).toContain('5 dollars');
    for (const text of ['/cap llm 500 month', '/budget', '/requests', '/ledger', '/channels'])
      expect((await answerTo(stranger, text)).at(-1)?.content).toMatch(/^Only the owner/);
    work = () => 'The code of the safe is 4711.';
    await answerTo(owner, 'Fix the server');
    work = () => 'Nothing that concerns you.';
    for (const text of ['/why', 'What did the others ask you?'])
      expect((await answerTo(stranger, text)).at(-1)?.content).not.toContain('4711');
  });
});

describe('roles', () => {
  test('come from the company server, and from no server that somebody founds', async () => {
    const asks = async (from: Person): Promise<string | undefined> => {
      const before = discord.in(channel).length;
      discord.write(channel, from, named('/budget'));
      await eventually(async () => expect(discord.in(channel).length).toBeGreaterThan(before));
      return discord.in(channel).at(-1)?.content;
    };
    expect(await asks(stranger)).toMatch(/^Only the owner/);
    expect(await asks(colleague)).toMatch(/is left of the monthly llm budget/);
    expect(await asks(founder)).toMatch(/is left of/);
    expect(await asks(rita)).toMatch(/is left of/);
    expect((await answerTo(colleague, '/budget'))[0]?.content).toMatch(/is left of/);
    expect((await answerTo(colleague, '/ledger accept'))[0]?.content).toMatch(
      /^Only the owner may/,
    );
  });

  test('are those of the ElizaOS world', async () => {
    await answerTo(stranger, '/help');
    await answerTo(owner, '/help');
    const frontDesk = company.agent('Front Desk');
    const roleOf = async (person: Person): Promise<unknown> => {
      const world = await frontDesk.getWorld(createUniqueUuid(frontDesk, chatOf(person)));
      return world?.metadata?.roles?.[createUniqueUuid(frontDesk, person.id)] ?? 'NONE';
    };
    expect(await roleOf(stranger)).toBe('NONE');
    expect(await roleOf(owner)).toBe('OWNER');
  });
});

describe('the budget', () => {
  test('that is spent to 80 % is told to the owner, once, and to no stranger', async () => {
    const { treasury } = company;
    await answerTo(owner, '/help');
    await answerTo(stranger, '/help');
    const [request] = await answerTo(owner, '/cap tools 1 month');
    expect(await pressed(owner, request!, request?.buttons[0])).toBeUndefined();
    await eventually(async () => expect(request?.buttons).toEqual([]));
    const amountPico = parseUsd('0.80');
    const usage = { provider: 'mcp', model: 'search', tokensIn: 0, tokensOut: 0 };
    const { id } = await treasury.reserve({ category: 'tools', amountPico, scopes: {} });
    await treasury.settle(id, { ...usage, costPico: amountPico, status: 'ok' });
    const desk = await channelsOf(company.agent('Front Desk'));
    for (let times = 0; times < 2; times += 1) await desk.lookAtBudget();
    const said = discord.said.filter(({ content }) =>
      content.startsWith('80 % of the monthly tools'),
    );
    // One who has never written is told, too: a bot may open a chat with whom it shares a server.
    expect(said.map(({ channelId }) => channelId).sort()).toEqual(
      [chatOf(owner), chatOf(partner)].sort(),
    );
  });
});

describe('bots of other agents', () => {
  const hire = (
    name: string,
    token: string,
    more: Record<string, string> = {},
  ): Promise<ChannelsService> => hireBot(company, name, { DISCORD_API_TOKEN: token, ...more });

  test('with a wrong token, or that of another, say what to do, and the agent works all the same', async () => {
    const wrong = await hire('Wendy', 'nobody-has-this');
    expect(wrong.words).toMatch(
      /^Discord does not know the bot token of Wendy.*discord\.com\/developers.*DISCORD_API_TOKEN/,
    );
    expect((await hire('Tom', 'a töken\nof two lines')).words).toMatch(/^Discord does not know/);
    const same = await hire('Sam', TOKEN);
    expect(same.words).toMatch(/^The bot token of Sam is used by Front Desk, too/);
    expect((await company.ask('Ask Wendy')).text).toContain('Wendy is here.');
    expect((await channelsOf(company.agent('Front Desk'))).words).toMatch(/is @FrontDesk\.$/);
  });

  test('whose connection breaks are there again, and have missed nothing', async () => {
    const tina = await hire('Tina', THIRD);
    expect(tina.words).toBe('Discord: Tina is @Tina.');
    discord.drop();
    await eventually(async () => expect(discord.hears(THIRD)).toBe(false));
    discord.write(THIRD, stranger, 'Hello, how are you doing?');
    await eventually(async () => expect(discord.in(chatOf(stranger, THIRD))).toHaveLength(1));
    await eventually(async () => expect(tina.words).toBe('Discord: Tina is @Tina.'));
  });

  test('whose token is taken back say so, and ask no more', async () => {
    const tina = await channelsOf(company.agent('Tina'));
    discord.revoke(THIRD);
    await eventually(async () =>
      expect(tina.words).toMatch(/^Discord does not know the bot token of Tina/),
    );
  });

  test('say that there is no network, and are there when it comes back', async () => {
    const bots = { [FIFTH]: { id: '555', username: 'Uma' } };
    const before = await DiscordEmulator.start(bots);
    const { port, url } = before;
    await before.stop();
    const uma = await hire('Uma', FIFTH, { DISCORD_API_ROOT: url });
    expect(uma.words).toMatch(/^Discord cannot be reached, so Uma hears nobody.*DISCORD_API_ROOT/);
    let there = await DiscordEmulator.start(bots, port);
    await eventually(async () => expect(uma.words).toBe('Discord: Uma is @Uma.'));
    await there.stop();
    await eventually(async () => expect(uma.words).toMatch(/^Discord cannot be reached/));
    // Of the session that Uma would resume, the server knows nothing any more.
    there = await DiscordEmulator.start(bots, port);
    await eventually(async () => expect(uma.words).toBe('Discord: Uma is @Uma.'));
    there.write(FIFTH, stranger, 'Hello, how are you doing?');
    const chat = there.direct(FIFTH, stranger);
    await eventually(async () => expect(there.in(chat)).toHaveLength(1));
    await company.dismiss('Uma');
    await there.stop();
  });

  test('answer in the places that they are for, if any are named', async () => {
    await hire('Olaf', SIXTH, { DISCORD_ALLOWED_CHATS: companyGuild });
    for (const place of [channel, companyChannel])
      discord.write(place, stranger, '<@666> Hello, how are you doing?');
    discord.command(SIXTH, stranger, 'help', [], channel);
    await eventually(async () => {
      expect(whispers().map(({ content }) => content)).toEqual([
        'I do not answer in this channel.',
      ]);
      expect(discord.in(companyChannel)).toHaveLength(1);
    });
    expect(discord.in(channel).every(({ isWhisper }) => isWhisper)).toBe(true);
  });

  test('take fifty messages a second of one person for what they are, and hear others', async () => {
    await hire('Nora', FOURTH, { CHANNELS_PER_MINUTE: '5' });
    for (let count = 0; count < 50; count += 1) discord.write(FOURTH, stranger, `/help ${count}`);
    discord.write(FOURTH, owner, '/help');
    await eventually(async () => expect(discord.in(chatOf(owner, FOURTH))).toHaveLength(1));
    const chat = chatOf(stranger, FOURTH);
    await eventually(async () => expect(discord.in(chat)).toHaveLength(6));
    const said = discord.in(chat).map(({ content }) => content);
    expect(
      said.filter((text) => /^That is more than 5 requests a minute: wait/.test(text)),
    ).toHaveLength(1);
  });
});

test('the token is in no answer, no row of the agent and no setting', async () => {
  const [said] = await answerTo(owner, '/channels');
  expect(said?.content).toBe('Discord: Front Desk is @FrontDesk.');
  const frontDesk = company.agent('Front Desk');
  const kept = await frontDesk.getAgent(frontDesk.agentId);
  expect(JSON.stringify([kept?.secrets, frontDesk.character.secrets])).not.toContain(TOKEN);
});

test('the actions of the official plugin are not there', () => {
  const names = company.agent('Front Desk').actions.map(({ name }) => name);
  expect(names).not.toContain('SEND_DM');
  expect(names).not.toContain('READ_CHANNEL');
});
