import type { IAgentRuntime } from '@elizaos/core';
import { declareSettings } from './declared-settings.ts';
import { identitySettings } from './identity.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { installMessageFront, messageSettings } from './message-front.ts';
import { processWide } from './process-wide.ts';
import { fileSettings } from './setting-files.ts';

const prepared = new WeakSet<IAgentRuntime>();

/**
 * Makes an agent ready for our plugins, once, whichever of them comes first. Every plugin calls it
 * from its `init`.
 */
export function prepareAgent(runtime: IAgentRuntime): void {
  if (prepared.has(runtime)) return;
  prepared.add(runtime);
  declareKernelSettings();
  migrateInTurn(runtime);
  installMessageFront(runtime);
}

/** Makes known what the kernel reads for every plugin. */
export function declareKernelSettings(): void {
  declareSettings('kernel', fileSettings, 'environment');
  declareSettings('kernel', messageSettings);
  declareSettings('kernel', identitySettings);
}

// Agents that start together look for a plugin's tables together, and all but one of them then fail
// to make them. One after the other, the later ones find them made.
function migrateInTurn(runtime: IAgentRuntime): void {
  const turns = processWide('migrations', () => new KeyedQueue());
  const agent = runtime as IAgentRuntime & { runPluginMigrations(): Promise<void> };
  const migrate = agent.runPluginMigrations.bind(agent);
  agent.runPluginMigrations = () => turns.run('database', migrate);
}
