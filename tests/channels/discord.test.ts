import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createUniqueUuid } from '@elizaos/core';
import { randomUUID } from 'node:crypto';
import { parseUsd, RoomSpeaker } from '@371os/kernel';
import channelsPlugin, { channelsOf, type ChannelsService } from '@371os/plugin-channels';
import { announceRequest } from '@371os/plugin-treasury';
import { answering, RoutedCompany } from '../router/company-fixture.ts';
import { DiscordEmulator, type Person, type Said } from '../support/discord-emulator.ts';
import { eventually } from '../support/eventually.ts';

const START_MS = 120_000;
const TOKEN = 'front-desk-secret';
const ZARA = 'zara-secret';
const THIRD = 'tina-secret';
const FOURTH = 'nora-secret';
const owner: Person = { id: '1001', name: 'olga' };
const stranger: Person = { id: '2002', name: 'sven' };
const partner: Person = { id: '1002', name: 'otto' };
const colleague: Person = { id: '3003', name: 'anna' };
const founder: Person = { id: '3004', name: 'finn' };
const companyGuild = '90001';
const otherGuild = '90002';
const companyChannel = '91001';
const channel = '91002';
const ADMINISTRATOR = '8';
let discord: DiscordEmulator;
let company: RoutedCompany;
let work: (text: string) => Promise<string> | string = () => 'Done.';

beforeAll(async () => {
  discord = await DiscordEmulator.start({
    [TOKEN]: { id: '111', username: 'FrontDesk' },
    [ZARA]: { id: '222', username: 'Zara' },
    [THIRD]: { id: '333', username: 'Tina' },
    [FOURTH]: { id: '444', username: 'Nora' },
  });
  discord.guilds.push(
    {
      ...{ id: companyGuild, name: 'The company', ownerId: founder.id },
      channels: [companyChannel],
      roles: { '92001': ADMINISTRATOR, '92002': '2048' },
      members: new Map([
        [colleague.id, ['92001']],
        [stranger.id, ['92002']],
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

describe('a person', () => {
  test('asks an agent and gets its answer', async () => {
    work = () => 'The server is **fixed** <now> & well.';
    const [said] = await answerTo(owner, 'Fix the server');
    expect(said?.content).toContain('is **fixed**');
    expect(discord.of(/typing$/).length).toBeGreaterThan(0);
  });
});
