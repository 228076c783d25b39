import { processWide } from './process-wide.ts';

function state(): { isReplica: boolean } {
  return processWide('replica', () => ({ isReplica: false }));
}

/**
 * Says that this process helps an agent whose own process is elsewhere: it works on the agent's tasks,
 * and neither lives the agent's life nor speaks for it outside. Before any agent starts.
 */
export function becomeReplica(): void {
  state().isReplica = true;
}

/** Whether the agents of this process are replicas. */
export function isReplica(): boolean {
  return state().isReplica;
}
