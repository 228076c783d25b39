import type { IAgentRuntime } from '@elizaos/core';
import { askForTasksOnce } from './ask-for-tasks-once.ts';
import { declareSettings } from './declared-settings.ts';
import { identitySettings } from './identity.ts';
import { installMessageFront, messageSettings } from './message-front.ts';
import { migrateOnce, type MigratingAgent } from './migrate-once.ts';
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
  migrateOnce(runtime as IAgentRuntime & MigratingAgent);
  installMessageFront(runtime);
  askForTasksOnce(runtime);
}

/** Makes known what the kernel reads for every plugin. */
export function declareKernelSettings(): void {
  declareSettings('kernel', fileSettings, 'environment');
  declareSettings('kernel', messageSettings);
  declareSettings('kernel', identitySettings);
}
