import { SYSTEM_ID, type Mode } from './mode.ts';
import type { Situation } from './situation.ts';

const MEANS =
  'What works: models on this machine, rules and commands, and the tasks and data of this node. What does not: models on other machines are not asked, and what needs the internet fails or waits.';
const USUAL = 'Models on other machines are asked again.';

/** What a change of the mode means, for whoever asked for it. */
export function describeChange({ mode, isChanged }: { mode: Mode; isChanged: boolean }): string {
  const { state } = mode;
  if (!isChanged) return `Nothing was changed. ${describeMode(mode)}`;
  return state === 'backup'
    ? `Backup mode is on: ${mode.cause}. ${MEANS} "Leave backup mode", or /backup off, ends it.`
    : `Backup mode is over: ${mode.cause}. ${USUAL}`;
}

/** The mode in one or two sentences. */
export function describeMode({ state, sinceMs, cause }: Mode): string {
  return state === 'backup'
    ? `Backup mode has been on since ${timeOf(sinceMs)}: ${cause}.`
    : 'Backup mode is off.';
}

/** Something to be said in the rooms, and since when it holds. */
export interface Notice {
  readonly text: string;
  readonly sinceMs: number;
}

/** What people are to be told of a situation, the oldest first. */
export function noticesOf({ mode, changes, changedBefore, outage }: Situation): Notice[] {
  const isOn = mode.state === 'backup';
  const notices: Notice[] = [];
  if (isOn && mode.by === SYSTEM_ID) notices.push(noticeOf(mode.sinceMs, enteredWords(mode)));
  if (!isOn && changes > 0 && (mode.by === SYSTEM_ID || changedBefore === SYSTEM_ID))
    notices.push(noticeOf(mode.sinceMs, leftWords(mode)));
  if (!outage) return notices;
  const { beganAtMs, endedAtMs, cause } = outage;
  if (isOn && endedAtMs !== undefined && endedAtMs >= mode.sinceMs)
    notices.push(noticeOf(endedAtMs, overWords(endedAtMs)));
  // What has been left since it began was left on purpose.
  if (!isOn && endedAtMs === undefined && mode.sinceMs < beganAtMs)
    notices.push(noticeOf(beganAtMs, `Since ${timeOf(beganAtMs)} ${cause}. ${PROPOSE_ON}`));
  return notices;
}

const PROPOSE_ON =
  'Backup mode is not entered by itself here: an admin can do so with /backup on, and models on other machines are then not asked.';

function noticeOf(sinceMs: number, text: string): Notice {
  return { sinceMs, text };
}

function enteredWords({ sinceMs, cause }: Mode): string {
  return `Backup mode since ${timeOf(sinceMs)}: ${cause}. ${MEANS} An admin can leave it with /backup off.`;
}

function leftWords({ sinceMs, cause }: Mode): string {
  return `Backup mode is over since ${timeOf(sinceMs)}: ${cause}. ${USUAL}`;
}

function overWords(endedAtMs: number): string {
  return `Since ${timeOf(endedAtMs)} the internet can be reached again. Shall we leave backup mode? An admin decides: "leave backup mode", or /backup off.`;
}

/** `2026-11-29 14:03 UTC` */
function timeOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
