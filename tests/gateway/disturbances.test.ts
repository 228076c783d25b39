import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeadEnd, Disturbances } from '@371os/kernel';
import { OpenaiCompatibleClient } from '../../plugins/plugin-gateway/src/adapters/openai-compatible-client.ts';
import type { ChatRequest } from '../../plugins/plugin-gateway/src/ports.ts';
import { DisturbedChatClient } from '../../plugins/plugin-gateway/src/services/disturbed-chat-client.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel({ reply: 'Here I am.' });
});
afterAll(() => model.close());

function open(): { disturbances: Disturbances; over: string[]; clock: { ms: number } } {
  const clock = { ms: 0 };
  const over: string[] = [];
  const onOver = (target: string): void => void over.push(target);
  return { disturbances: new Disturbances({ elapsedMs: () => clock.ms, onOver }), over, clock };
}

describe('a disturbance', () => {
  it('is of its provider alone, and over by itself', () => {
    const { disturbances, over, clock } = open();
    disturbances.set([{ target: 'openai', kind: 'silent', forMs: 1_000 }]);
    expect(disturbances.of('anthropic')).toBeUndefined();
    clock.ms = 999;
    expect(disturbances.of('openai')).toBe('silent');
    expect(over).toEqual([]);
    clock.ms = 1_000;
    expect(disturbances.of('openai')).toBeUndefined();
    expect(disturbances.of('openai')).toBeUndefined();
    expect(over).toEqual(['openai']);
  });

  it('is over when it is not among those that there are', () => {
    const { disturbances, over } = open();
    disturbances.set([{ target: 'openai', kind: 'gone', forMs: 1_000 }]);
    disturbances.set([{ target: 'openai', kind: 'gone', forMs: 500 }]);
    expect(over).toEqual([]);
    disturbances.set([]);
    expect(over).toEqual(['openai']);
    expect(disturbances.of('openai')).toBeUndefined();
  });
});

it.each([
  ['silent', /did not answer|too long|within/],
  ['gone', /broke off|cannot be reached/],
] as const)(
  'one that is %s: the client fails as in an outage, and nothing is sent',
  async (kind, sentence) => {
    const { disturbances } = open();
    const ends = { silent: new DeadEnd('silent'), gone: new DeadEnd('gone') };
    const client = new DisturbedChatClient({
      client: new OpenaiCompatibleClient(),
      disturbances,
      deadEnd: (which) => ends[which].url(),
    });
    const endpoint = {
      provider: 'openai',
      api: 'openai',
      baseUrl: model.baseUrl,
      isLocal: false,
    } as const;
    const request: ChatRequest = {
      ...{ endpoint, model: 'gpt-4o-mini', isConfidential: false, maxTokens: 16, timeoutMs: 300 },
      messages: [{ role: 'user', content: 'Are you there?' }],
    };
    disturbances.set([{ target: 'openai', kind, forMs: 60_000 }]);
    await expect(client.generate(request)).rejects.toThrow(sentence);
    expect(model.requests).toEqual([]);
    disturbances.set([]);
    expect((await client.generate(request)).text).toBe('Here I am.');
    model.requests.length = 0;
  },
);
