import type { AgentRecord, Transition } from './agent-record.ts';
import { describePerformance, type Performance } from './performance.ts';

/** An agent in a line. */
export function describeLife(agent: AgentRecord): string {
  const { name, role, state, hosting, placement, progress } = agent;
  const where =
    hosting === 'akash' ? ` on Akash${placement ? ` at ${placement.endpoint}` : ''}` : '';
  return `${name} (${role}) is ${state}${where}${progress ? `: ${progress}` : ''}`;
}

/** An agent with how it does and how it came here. */
export function describeStatus({
  agent,
  performance,
  journal,
}: {
  agent: AgentRecord;
  performance: Performance;
  journal: readonly Transition[];
}): string {
  const { registration, notice } = agent;
  return [
    `${describeLife(agent)}.`,
    `- ${describePerformance(performance)}`,
    ...(registration
      ? [
          `- registered as ${registration.globalId}, ${registration.status}: ipfs://${registration.cid}`,
        ]
      : ['- not registered on chain']),
    ...(notice === undefined ? [] : [`- about to be retired: ${notice}`]),
    ...journal.slice(-5).map(describeTransition),
  ].join('\n');
}

export function describeTransition({ from, to, cause, atMs }: Transition): string {
  return `- ${new Date(atMs).toISOString()} ${from} -> ${to}: ${cause}`;
}
