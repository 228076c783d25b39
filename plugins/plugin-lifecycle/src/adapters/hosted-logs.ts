import type { AgentLogs } from '../ports/agent-logs.ts';
import type { Hosting } from '../ports/hosting.ts';

/** What agents that are hosted elsewhere have written at the first of their places. */
export function hostedLogs(hosting: Pick<Hosting, 'logs'>): AgentLogs {
  return {
    newest: async ({ placement }, lines) =>
      placement ? hosting.logs(placement.deploymentId, lines) : [],
  };
}
