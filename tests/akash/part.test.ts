import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { OWNER } from '@371os/kernel';
import { akashOf, deploymentIdOf, supplySecrets, type Deployments } from '@371os/plugin-akash';
import { tasksOf, type Task } from '@371os/plugin-tasks';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { AkashAgent } from './agent-fixture.ts';

const KEY = 'thing/1/host/1';
const SECRET = 'supplied-when-the-manifest-is-made';
const FIELDS = {
  ...{ dockerImage: 'nginx:alpine', cpu: '0.5', memory: '512Mi', ports: '80/http' },
  ...{ maxCost: '5', regions: 'eu-central', environment: { TOKEN: 'secret:thing-token-1' } },
};
const ASKED = { requesterId: OWNER.id, roomId: randomUUID() };

let network: TestDevnet;
let agent: AkashAgent;
let deployments: Deployments;
beforeAll(async () => {
  network = await startTestDevnet(50);
  agent = await AkashAgent.start(network.settings);
  deployments = await (await akashOf(agent.runtime)).deployments();
}, 60_000);
afterAll(async () => {
  await agent.runtime.stop();
  await network.stop();
});

async function order(partOf = 'thing 1'): Promise<Task> {
  const { plan } = await (await akashOf(agent.runtime)).planner.plan({ fields: FIELDS });
  return deployments.order({ key: KEY, partOf, plan, ...ASKED });
}

test('what is part of something larger is deployed by its key, once its secrets are supplied', async () => {
  const tasks = await tasksOf(agent.runtime);
  const failed = new Promise<Task>((resolve) => {
    const end = tasks.onChange((task) => {
      if (task.failures === 0) return;
      end();
      resolve(task);
    });
  });
  const task = await order();
  expect(await failed).toMatchObject({ id: task.id, state: 'SUBMITTED' });
  supplySecrets('thing', (name) => (name === 'thing-token-1' ? SECRET : undefined));
  expect(await tasks.waitFor(task.id)).toMatchObject({ state: 'COMPLETED' });

  const id = deploymentIdOf(KEY);
  expect(id).toMatch(/^[0-9A-Z]{8}$/);
  const deployment = await deployments.get(id);
  expect(deployment).toMatchObject({ state: 'ACTIVE', partOf: 'thing 1', requesterId: OWNER.id });
  expect(JSON.stringify(deployment.plan)).not.toContain(SECRET);
  const { chain, tenant } = network.devnet;
  expect(chain.state.deployments.all(tenant.address)).toMatchObject([{ state: 'active' }]);
}, 60_000);

test('the same key is the same deployment, and no other thing may have it', async () => {
  await (await tasksOf(agent.runtime)).waitFor((await order()).id);
  expect(await deployments.list()).toHaveLength(1);
  await expect(order('another thing')).rejects.toThrow(/has the id \w{8} already/);
});

test('it is closed by whoever ordered it, and the room is told of none of it', async () => {
  const task = await deployments.close(deploymentIdOf(KEY));
  await (await tasksOf(agent.runtime)).waitFor(task.id);
  expect(await deployments.get(deploymentIdOf(KEY))).toMatchObject({ state: 'CLOSED' });
  const roomIds = [ASKED.roomId];
  const memories = await agent.runtime.getMemoriesByRoomIds({ tableName: 'messages', roomIds });
  expect(memories).toEqual([]);
  expect(await agent.ask(OWNER, 'hello')).toBe('Hello.');
}, 60_000);
