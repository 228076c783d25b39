import { recentLogs } from '@elizaos/core';
import type { AgentLogs } from '../ports/agent-logs.ts';

/** What agents of this process have logged, as far as ElizaOS remembers it. */
export const processLogs: AgentLogs = {
  newest: ({ name }, lines) => {
    const own = recentLogs()
      .split('\n')
      .filter((line) => line.includes(`#${name} `));
    return Promise.resolve(own.slice(-lines));
  },
};
