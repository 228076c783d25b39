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

// One whose host died starts again from wherever it was, and so does one that is brought back.
const FOLLOWING: Readonly<Record<AgentState, readonly AgentState[]>> = {
  creating: ['initialising', 'failed'],
  initialising: ['ready', 'draining', 'failed', 'initialising'],
  ready: ['busy', 'draining', 'failed', 'initialising'],
  busy: ['ready', 'draining', 'failed', 'initialising'],
  draining: ['stopped', 'failed', 'initialising'],
  stopped: ['creating', 'initialising'],
  failed: ['creating', 'initialising', 'draining'],
};

/** Whether an agent may go from one state to another. */
export function mayBecome(from: AgentState, to: AgentState): boolean {
  return FOLLOWING[from].includes(to);
}

/** The states that an agent may come from. */
export function statesBefore(to: AgentState): AgentState[] {
  return AGENT_STATES.filter((from) => mayBecome(from, to));
}

/** Whether it takes tasks. */
export function isWorking(state: AgentState): boolean {
  return state === 'ready' || state === 'busy';
}

/** Whether its life is over, unless somebody brings it back. */
export function isOver(state: AgentState): boolean {
  return state === 'stopped' || state === 'failed';
}
