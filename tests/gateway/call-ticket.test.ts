import { expect, test } from '@jest/globals';
import { inConversation, OWNER, parseUsd, startConversation } from '@371os/kernel';
import { GptTokenCounter } from '../../plugins/plugin-gateway/src/adapters/gpt-token-counter.ts';
import { isFree, type ModelPrice } from '../../plugins/plugin-gateway/src/domain/price.ts';
import { CallTicket } from '../../plugins/plugin-gateway/src/services/call-ticket.ts';
import { ModelCallError } from '@371os/plugin-gateway';
import { TreasuryInMemory } from './treasury-in-memory.ts';

const counter = new GptTokenCounter();

function priceOf(inPico: bigint, outPico: bigint): ModelPrice {
  return { priceId: 'test', tiers: [{ fromTokensIn: 0, inPico, cacheWritePico: inPico, outPico }] };
}

async function openTicket(price: ModelPrice) {
  const treasury = new TreasuryInMemory(parseUsd('1'));
  const announced: unknown[] = [];
  const logged: unknown[] = [];
  const ticket = await CallTicket.open(
    {
      callId: 'call-1',
      provider: 'openai',
      name: 'gpt-4o-mini',
      price,
      costPercent: 100,
      reportsCost: false,
      scopes: {},
      promptBytes: 100,
      tokensInBound: 30,
      maxTokens: 10,
      isFirstChoice: true,
      leaseMs: 60_000,
      trace: {},
      announce: (use) => announced.push(use),
    },
    { treasury, counter, now: () => 0, log: (problem) => logged.push(problem) },
  );
  return { ticket, treasury, announced, logged };
}

const ENDINGS: Record<string, (ticket: CallTicket) => Promise<unknown>> = {
  'an answer': (ticket) => ticket.succeed('yes', { tokensIn: 20, tokensOut: 1 }, ''),
  'an empty answer': (ticket) => ticket.failEmpty({ tokensIn: 20, tokensOut: 0 }),
  'a refusal': (ticket) =>
    ticket.fail(new ModelCallError({ failure: 'refused', reason: 'said no' }), {
      text: '',
      isStream: false,
    }),
  'a failure': (ticket) => ticket.fail(new Error('broke off'), { text: 'ye', isStream: true }),
  'a reader who leaves': (ticket) => ticket.abandon('ye'),
  'a release': (ticket) => ticket.release('was not sent'),
};
const pairs = Object.keys(ENDINGS).flatMap((first) =>
  Object.keys(ENDINGS).map((second) => [first, second] as const),
);

test.each(pairs)('%s ends a call once, whatever comes after it: %s', async (first, second) => {
  const { ticket, treasury, announced, logged } = await openTicket(priceOf(1n, 2n));
  const conversation = startConversation({ principal: OWNER });
  await inConversation(conversation, async () => {
    await ENDINGS[first]?.(ticket);
    await ENDINGS[second]?.(ticket);
  });
  const wasSent = first !== 'a release';
  expect(treasury.endings).toEqual(['reservation-1']);
  expect(treasury.rows).toHaveLength(wasSent ? 1 : 0);
  expect(announced).toHaveLength(wasSent ? 1 : 0);
  expect(conversation.trace).toHaveLength(1);
  expect(logged).toEqual([]);
});

test.each([
  [0n, 0n, true],
  [0n, 1n, false],
  [1n, 0n, false],
  [1n, 1n, false],
])('what costs %s in and %s out is free: %s', async (inPico, outPico, free) => {
  const price = priceOf(inPico, outPico);
  expect(isFree(price)).toBe(free);
  const { treasury } = await openTicket(price);
  // 30 tokens in and 10 out, and nothing at all of what is free.
  expect([...treasury.reserved.values()]).toEqual(free ? [] : [inPico * 30n + outPico * 10n]);
});

test('a price that is nothing only in its first tier is a price', () => {
  const [tier] = priceOf(0n, 0n).tiers;
  const [later] = priceOf(1n, 1n).tiers;
  expect(isFree({ priceId: 'test', tiers: [tier!, { ...later!, fromTokensIn: 100 }] })).toBe(false);
});
