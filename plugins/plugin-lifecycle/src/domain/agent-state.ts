/** Where an agent is in its life. */
export const AGENT_STATES = [
  'creating',
  'initialising',
  'ready',
  'busy',
  'draining',
  'stopped',
  'failed',
] as const;
export type AgentState = (typeof AGENT_STATES)[number];

const FOLLOWING: Readonly<Record<AgentState, readonly AgentState[]>> = {
  creating: ['initialising', 'failed'],
  initialising: ['ready', 'draining', 'failed'],
  ready: ['busy', 'draining', 'failed', 'initialising'],
  busy: ['ready', 'draining', 'failed', 'initialising'],
  draining: ['stopped', 'failed'],
  // One that was stopped with its host, or whose process died, starts again.
  stopped: ['initialising'],
  failed: ['initialising', 'draining'],
};

/** Whether an agent may go from one state to another. */
export function mayBecome(from: AgentState, to: AgentState): boolean {
  return FOLLOWING[from].includes(to);
}

/** Whether it takes tasks. */
export function isWorking(state: AgentState): boolean {
  return state === 'ready' || state === 'busy';
}
