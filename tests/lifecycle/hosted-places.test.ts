import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import lifecyclePlugin, { type HostedInstance } from '@371os/plugin-lifecycle';
import { Database } from '../../plugins/plugin-lifecycle/src/store/database.ts';
import {
  beginDraining,
  beginOpening,
  listHostedInstances,
  noteClosed,
  noteOpened,
} from '../../plugins/plugin-lifecycle/src/store/hosted-store.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';

const DRAIN_MS = 1_000;
/** The place that an agent was made with: there is no row of it. */
const FIRST = { agentId: 'anna', generation: 1, index: 0, turn: 0, deploymentId: 'D0' };

let executor: TestDatabase;
let database: Database;

beforeAll(async () => {
  executor = await openDatabase([lifecyclePlugin]);
  database = new Database(executor);
});
afterAll(() => executor.close());
beforeEach(async () => {
  await executor.execute(sql`DELETE FROM lifecycle.hosted_instances`);
});

async function closeFirst(): Promise<HostedInstance | undefined> {
  const draining = await beginDraining(database, FIRST, DRAIN_MS);
  await noteClosed(database, FIRST);
  return draining;
}

async function reopen(deploymentId: string): Promise<HostedInstance> {
  const opening = (await beginOpening(database, FIRST))!;
  return (await noteOpened(database, opening, deploymentId))!;
}

describe('a place of a hosted agent', () => {
  test('is closed once, and is another one when it is opened again', async () => {
    expect(await closeFirst()).toMatchObject({ ...FIRST, state: 'draining' });
    expect(await beginDraining(database, FIRST, DRAIN_MS)).toBeUndefined();
    expect(await reopen('D1')).toMatchObject({ turn: 1, state: 'ready', deploymentId: 'D1' });
  });

  test('is not closed by somebody who means the one before it', async () => {
    await closeFirst();
    const second = await reopen('D1');
    expect(await beginDraining(database, FIRST, DRAIN_MS)).toBeUndefined();
    expect(await listHostedInstances(database)).toMatchObject([{ turn: 1, state: 'ready' }]);
    expect(await beginDraining(database, second, DRAIN_MS)).toMatchObject({
      ...{ turn: 1, state: 'draining', deploymentId: 'D1' },
    });
  });

  test('is closed in the next life of its agent, too, as one of that', async () => {
    await closeFirst();
    const next = { ...FIRST, generation: 2, deploymentId: 'D2' };
    expect(await beginDraining(database, next, DRAIN_MS)).toMatchObject({
      ...{ generation: 2, turn: 1, state: 'draining', deploymentId: 'D2' },
    });
    expect(await beginDraining(database, next, DRAIN_MS)).toBeUndefined();
  });
});
