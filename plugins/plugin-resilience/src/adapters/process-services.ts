import type { ElizaOS, IAgentRuntime, Service, ServiceTypeName } from '@elizaos/core';

/** The services of one type of the agents of this process that have started, this agent's first. */
export function processServices<Wanted extends Service>(
  runtime: IAgentRuntime,
  type: ServiceTypeName,
): Wanted[] {
  const agents = (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [];
  const found = [runtime, ...agents].map((agent) => agent.getService<Wanted>(type));
  return [...new Set(found)].filter((service) => service !== null);
}
