import type { IAgentRuntime } from '@elizaos/core';
import { installMessageFront } from './message-front.ts';
import { migrateOnce, type MigratingAgent } from './migrate-once.ts';

const prepared = new WeakSet<IAgentRuntime>();

/**
 * Makes an agent ready for our plugins, once, whichever of them comes first. Every plugin calls it
 * from its `init`.
 */
export function prepareAgent(runtime: IAgentRuntime): void {
  if (prepared.has(runtime)) return;
  prepared.add(runtime);
  migrateOnce(runtime as IAgentRuntime & MigratingAgent);
  installMessageFront(runtime);
}
