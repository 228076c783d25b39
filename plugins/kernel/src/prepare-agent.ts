import type { IAgentRuntime } from '@elizaos/core';
import { KeyedQueue } from './keyed-queue.ts';
import { installMessageFront } from './message-front.ts';
import { processWide } from './process-wide.ts';

const prepared = new WeakSet<IAgentRuntime>();

/**
 * Makes an agent ready for our plugins, once, whichever of them comes first. Every plugin calls it
 * from its `init`.
 */
export function prepareAgent(runtime: IAgentRuntime): void {
  if (prepared.has(runtime)) return;
  prepared.add(runtime);
  migrateInTurn(runtime);
  installMessageFront(runtime);
}

// Agents that start together look for a plugin's tables together, and all but one of them then fail
// to make them. One after the other, the later ones find them made.
function migrateInTurn(runtime: IAgentRuntime): void {
  const turns = processWide('migrations', () => new KeyedQueue());
  const agent = runtime as IAgentRuntime & { runPluginMigrations(): Promise<void> };
  const migrate = agent.runPluginMigrations.bind(agent);
  agent.runPluginMigrations = () => turns.run('database', migrate);
}
