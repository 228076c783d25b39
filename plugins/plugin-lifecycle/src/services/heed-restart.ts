import type { IAgentRuntime } from '@elizaos/core';
import { explainError } from '@371os/kernel';
import { ROUTER_SERVICE, type RouterService } from '@371os/plugin-router';
import { tasksOf } from '@371os/plugin-tasks';
import { ElizaosRunner } from '../adapters/elizaos-runner.ts';
import type { LifecycleSettings } from '../settings/lives.ts';
import { findAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import { moveRestart } from '../store/restart-store.ts';
import { Restarts } from './restarts.ts';
import { thisHost } from './this-host.ts';

interface Own {
  readonly runtime: IAgentRuntime;
  readonly settings: LifecycleSettings;
  readonly database: Database;
}

/** Starts this agent anew where the front desk, in another process, asks for that. Says there what came of it. */
export async function heedRestart(
  { runtime, settings, database }: Own,
  life: { readonly agentId: string; readonly generation: number } | undefined,
): Promise<void> {
  const taken = life && (await moveRestart(database, life, { from: 'asked', to: 'taken' }));
  if (!taken) return;
  try {
    const agent = await findAgent(database, life.agentId);
    if (agent) await (await restartsOf(runtime, settings, database)).restart(agent, taken.cause);
    await moveRestart(database, life, { from: 'taken', to: 'done' });
  } catch (error) {
    runtime.logger.error({ src: 'lifecycle', error }, 'this agent was not started anew');
    const failure = explainError(error);
    await moveRestart(database, life, { from: 'taken', to: 'failed', failure });
  }
}

async function restartsOf(
  runtime: IAgentRuntime,
  settings: LifecycleSettings,
  database: Database,
): Promise<Restarts> {
  // Without a front desk here nobody routes; what the agents of this process take stands there all the same.
  const directory = runtime.getService<RouterService>(ROUTER_SERVICE)?.directory;
  return new Restarts({
    ...{ database, tasks: await tasksOf(runtime), runner: new ElizaosRunner(runtime) },
    ...{
      rest: (agent: string) => directory?.rest(agent) ?? (() => undefined),
      host: thisHost(),
      frontDeskId: '',
    },
    ...{ drainMs: settings.LIFECYCLE_DRAIN_MS, readyMs: settings.LIFECYCLE_READY_MS },
  });
}
