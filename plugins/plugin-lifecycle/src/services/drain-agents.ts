import type { IAgentRuntime } from '@elizaos/core';
import { routerOf } from '@371os/plugin-router';
import { tasksOf } from '@371os/plugin-tasks';
import { drained } from './drained.ts';
import { LIFECYCLE_SERVICE, type LifecycleService } from './lifecycle-service.ts';

/**
 * Lets agents of this process finish what they do before their host stops them: nothing new is begun,
 * and what does not end within LIFECYCLE_DRAIN_MS goes back into the queue.
 */
export async function drainAgents(agents: readonly IAgentRuntime[]): Promise<void> {
  const lives = agents.flatMap((agent) => {
    const lifecycle = agent.getService<LifecycleService>(LIFECYCLE_SERVICE);
    return lifecycle ? [{ agent, lifecycle }] : [];
  });
  await Promise.all(lives.map(({ lifecycle }) => lifecycle.drain()));
  const front = lives.find(({ lifecycle }) => lifecycle.isFrontDesk);
  if (!front) return;
  const { directory } = await routerOf(front.agent);
  const names = lives.map(({ agent }) => agent.character.name);
  for (const name of names) directory.rest(name);
  const timeoutMs = front.lifecycle.settings.LIFECYCLE_DRAIN_MS;
  await drained(await tasksOf(front.agent), names, { timeoutMs });
}
