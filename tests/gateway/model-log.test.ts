import { randomUUID } from 'node:crypto';
import { ModelType, type IAgentRuntime, type Log, type UUID } from '@elizaos/core';
import { inConversation, OWNER, startConversation } from '@371os/kernel';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { startAgents, type TestAgents } from './agents-fixture.ts';

const START_MS = 60_000;

let server: ScriptedModel;
let agents: TestAgents;
let maya: IAgentRuntime;
beforeAll(async () => {
  server = await startScriptedModel({ reply: 'It rains.' });
  agents = await startAgents({
    Maya: {
      settings: {
        OPENAI_API_KEY: 'sk-log',
        OPENAI_BASE_URL: server.baseUrl,
        OPENAI_LARGE_MODEL: 'gpt-4o-mini',
      },
    },
  });
  maya = agents.agent('Maya');
}, START_MS);
afterAll(async () => {
  await agents.stop();
  await server.close();
}, START_MS);

function ask(prompt: string): Promise<unknown> {
  const conversation = startConversation({ principal: OWNER });
  return inConversation(conversation, () => maya.useModel(ModelType.TEXT_LARGE, { prompt }));
}

async function logged(): Promise<Log[]> {
  return maya.getLogs({ entityId: maya.agentId, type: 'useModel:TEXT_LARGE', count: 1_000 });
}

async function promptsOf(mark: string): Promise<unknown[]> {
  const prompts = (await logged()).map(({ body }) => (body as { prompt?: unknown }).prompt);
  return prompts.filter((prompt) => String(prompt).startsWith(mark)).sort();
}

/** A row as `useModel` makes it. */
const entry = (prompt: string, roomId: UUID = maya.agentId) => ({
  entityId: maya.agentId,
  roomId,
  type: 'useModel:TEXT_LARGE',
  body: { prompt },
});

test('every call is logged with its prompt and answer, as many as there are', async () => {
  const prompts = Array.from({ length: 40 }, (_, number) => `many ${String(number)}`).sort();
  await Promise.all(prompts.map((prompt) => ask(prompt)));
  await eventually(async () => {
    expect(await promptsOf('many')).toEqual(prompts);
  });
  const { body, createdAt, roomId } = (await logged())[0]!;
  expect(body).toMatchObject({
    modelType: 'TEXT_LARGE',
    provider: 'gateway',
    response: 'It rains.',
  });
  expect(new Date(createdAt).getTime()).toBeLessThanOrEqual(Date.now());
  expect(roomId).toBe(maya.agentId);
});

test('characters that no database stores are left out', async () => {
  await maya.log(entry('odd \0\ud83d and 🌧 \\u0000'));
  await eventually(async () => {
    expect(await promptsOf('odd')).toEqual(['odd � and 🌧 \\u0000']);
  });
});

test('a row that cannot be written keeps no other from it', async () => {
  const nowhere = randomUUID();
  await Promise.all([
    maya.log(entry('before')),
    maya.log(entry('never', nowhere)),
    maya.log(entry('behind')),
  ]);
  await eventually(async () => {
    expect([await promptsOf('before'), await promptsOf('behind')]).toEqual([
      ['before'],
      ['behind'],
    ]);
  });
  expect(await promptsOf('never')).toEqual([]);
});

test('what waits is written when the agent stops, and later rows go the usual way', async () => {
  await maya.log(entry('last'));
  await maya.getService('gateway')?.stop();
  expect(await promptsOf('last')).toEqual(['last']);
  await maya.log(entry('afterwards'));
  expect(await promptsOf('afterwards')).toEqual(['afterwards']);
});
