import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { prepareAgent } from '@371os/kernel';
import type { AgentRuntime } from '@elizaos/core';
import { startTasksAgent } from '../tasks/agent-fixture.ts';

let runtime: AgentRuntime;
let questions = 0;
beforeAll(async () => {
  ({ runtime } = await startTasksAgent());
  prepareAgent(runtime);
  const { adapter } = runtime;
  const getTasks = adapter.getTasks.bind(adapter);
  adapter.getTasks = (asked) => {
    questions += 1;
    return getTasks(asked);
  };
});
afterAll(() => runtime.stop());

/** As ElizaOS's task service asks, once a second. */
const ask = async (): Promise<string[]> =>
  (await runtime.getTasks({ tags: ['queue'] })).map(({ name }) => name);

test('an empty queue is looked at once, until there is something in it', async () => {
  for (let count = 0; count < 20; count += 1) expect(await ask()).toEqual([]);
  expect(questions).toBe(1);
  const task = { name: 'LATER', description: 'is due later', tags: ['queue'], metadata: {} };
  const id = await runtime.createTask({
    ...task,
    roomId: runtime.agentId,
    worldId: runtime.agentId,
  });
  expect(await ask()).toEqual(['LATER']);
  expect(await ask()).toEqual(['LATER']);
  await runtime.deleteTask(id);
  expect(await ask()).toEqual([]);
  const before = questions;
  expect(await ask()).toEqual([]);
  expect(questions).toBe(before);
});

test('what somebody else asks for is looked up', async () => {
  const before = questions;
  const roomId = runtime.agentId;
  await runtime.getTasks({ roomId, tags: ['queue'] });
  await runtime.getTasks({ tags: ['AWAITING_CHOICE'] });
  expect(questions).toBe(before + 2);
});
