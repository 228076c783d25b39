import type { CarriedOut } from '@371os/client';
import type { Session } from './program.ts';

/** What the command ends with where what it began goes on. */
export const STILL_WORKING = 3;

const IN_VAIN = ['FAILED', 'REJECTED', 'CANCELED'];
const AT_WORK = ['SUBMITTED', 'WORKING'];

/** Ends the command with what came of the things that were asked for. */
export function settle(
  { fail, leave }: Pick<Session, 'fail' | 'leave'>,
  ended: readonly { readonly state: string }[],
): void {
  if (ended.some(({ state }) => IN_VAIN.includes(state))) fail();
  else if (ended.some(isAtWork)) leave();
}

/** What came of an approval, and where to look where it goes on. */
export function wordsOf(done: CarriedOut): string {
  return isAtWork(done) ? `${done.text}\n${whereToLook(done.task)}` : done.text;
}

/** How to hear what becomes of a task that goes on. */
export function whereToLook(task: string | undefined): string {
  const command = task === undefined ? 'list' : `show ${task}`;
  return `It goes on without this command: npx 371os tasks ${command} tells what becomes of it.`;
}

/** Whether it goes on. */
export function isAtWork({ state }: { readonly state: string }): boolean {
  return AT_WORK.includes(state);
}
