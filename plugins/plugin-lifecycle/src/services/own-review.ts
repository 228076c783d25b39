import type { IAgentRuntime } from '@elizaos/core';
import {
  agentToolsOf,
  globalIdOf,
  referenceOf,
  registryOf,
  type AgentToolsService,
} from '@371os/plugin-registry';
import { tasksOf, type Task } from '@371os/plugin-tasks';
import type { Performance } from '../domain/performance.ts';
import { TrackRecord } from './track-record.ts';

const REVIEWED_TASKS = 100;

/** How an agent has done its tasks; what it has ended counts in the registry's reports, too. */
export async function reviewOwn(runtime: IAgentRuntime): Promise<Performance> {
  const { name } = runtime.character;
  const records = new TrackRecord(await tasksOf(runtime), Date.now);
  const self = await selfIn(runtime);
  if (self) {
    const ended = await records.ended(name, REVIEWED_TASKS);
    await self.tools.measure(ended.map((task) => measured(task, self.globalId)));
  }
  return records.of(name);
}

function measured({ id, state, costPico, createdAt, updatedAt }: Task, agent: string) {
  return {
    ...{ id, agent, costPico, atMs: updatedAt },
    ...{ latencyMs: updatedAt - createdAt, isSuccess: state === 'COMPLETED' },
  };
}

// The agent as the registry knows it, where it does.
async function selfIn(
  runtime: IAgentRuntime,
): Promise<{ globalId: string; tools: AgentToolsService } | undefined> {
  if (!runtime.hasService('registry')) return undefined;
  const registry = await registryOf(runtime);
  if (!registry.hasNetwork || !registry.hasWallet) return undefined;
  const agent = await registry.self();
  if (!agent?.published) return undefined;
  const { chainId, registry: address, published } = agent;
  const reference = referenceOf({ chainId, registry: address, agentId: published.agentId });
  return { globalId: globalIdOf(reference), tools: await agentToolsOf(runtime) };
}
