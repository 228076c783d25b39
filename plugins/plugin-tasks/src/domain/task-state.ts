/** What A2A 1.0 calls the states of a task. */
export const TASK_STATES = [
  'SUBMITTED',
  'WORKING',
  'INPUT_REQUIRED',
  'AUTH_REQUIRED',
  'COMPLETED',
  'FAILED',
  'CANCELED',
  'REJECTED',
] as const;

export type TaskState = (typeof TASK_STATES)[number];

// SUBMITTED goes back from WORKING when an attempt failed and there is another. It ends without
// having been worked on when what it depends on did not complete.
const NEXT: Readonly<Record<TaskState, readonly TaskState[]>> = {
  SUBMITTED: ['WORKING', 'FAILED', 'CANCELED'],
  WORKING: [
    'SUBMITTED',
    'INPUT_REQUIRED',
    'AUTH_REQUIRED',
    'COMPLETED',
    'FAILED',
    'CANCELED',
    'REJECTED',
  ],
  INPUT_REQUIRED: ['SUBMITTED', 'CANCELED'],
  AUTH_REQUIRED: ['SUBMITTED', 'CANCELED'],
  COMPLETED: [],
  FAILED: [],
  CANCELED: [],
  REJECTED: [],
};

/** Whether a task may go from one state to another. */
export function mayFollow(from: TaskState, to: TaskState): boolean {
  return NEXT[from].includes(to);
}

/** True when nothing changes the task any more. */
export function hasEnded(state: TaskState): boolean {
  return NEXT[state].length === 0;
}

/** True when the task waits for a person or for something to come back. */
export function isWaiting(state: TaskState): boolean {
  return state === 'INPUT_REQUIRED' || state === 'AUTH_REQUIRED';
}

/** The states that a task that depends on this one cannot go on from. */
export const ENDED_BADLY: readonly TaskState[] = ['FAILED', 'CANCELED', 'REJECTED'];
export const WAITING: readonly TaskState[] = TASK_STATES.filter(isWaiting);
export const ENDED: readonly TaskState[] = TASK_STATES.filter(hasEnded);
export const OPEN: readonly TaskState[] = TASK_STATES.filter((state) => !hasEnded(state));
