import type { AgentReference } from './agent-id.ts';
import type { RegistrationFile } from './registration-file.ts';

/** What is looked at, in this order. */
export const CHECKS = [
  'uri',
  'content',
  'schema',
  'back-link',
  'signature',
  'sequence',
  'liveness',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** How something was verified, or why it was not. */
export interface Check {
  readonly name: CheckName;
  /** `absent`: there is nothing that could be checked, and nothing speaks against it. */
  readonly state: 'passed' | 'failed' | 'absent';
  readonly how: string;
}

/** Whether an agent that says so is up. */
export interface Liveness {
  readonly state: 'alive' | 'silent' | 'left' | 'unvouched';
  /** Until when its word counts; milliseconds since 1970. */
  readonly untilMs?: number | undefined;
}

/** An agent as chain and content tell it, and what of that was verified. */
export interface AgentReport {
  readonly reference: AgentReference;
  readonly globalId: string;
  /** The block that the chain was asked at. */
  readonly blockNumber: number;
  readonly owner: string;
  readonly wallet: string | undefined;
  readonly uri: string;
  readonly file: RegistrationFile | undefined;
  /** Keccak-256 of the signed text. */
  readonly contentHash: string | undefined;
  readonly checks: readonly Check[];
  /** No check failed; only then is the file to be believed. */
  readonly isVerified: boolean;
  readonly liveness: Liveness;
  /** Verified, active by its own word, and up as far as it vouches for that. */
  readonly isActive: boolean;
}

/** The newest file of an agent that was verified here. */
export interface SeenFile {
  readonly globalId: string;
  readonly sequence: number | undefined;
  readonly contentHash: string;
  readonly owner: string;
  readonly file: RegistrationFile;
  readonly verifiedAtMs: number;
}

/** Why a report is not to be believed; undefined when it is. */
export function failureOf({ checks }: Pick<AgentReport, 'checks'>): string | undefined {
  const failed = checks.filter(({ state }) => state === 'failed');
  return failed.length === 0
    ? undefined
    : failed.map(({ name, how }) => `${name}: ${how}`).join('; ');
}

/** Whether a file may follow the one that was seen last. */
export function checkSequence(
  file: { sequence: number | undefined; contentHash: string; owner: string },
  seen: SeenFile | undefined,
): Check {
  const name = 'sequence';
  const { sequence, contentHash, owner } = file;
  // Whoever an agent was given to begins anew.
  if (seen?.sequence === undefined || seen.owner !== owner)
    return sequence === undefined
      ? { name, state: 'absent', how: 'the file has no number' }
      : { name, state: 'passed', how: `file ${String(sequence)}, the first one seen` };
  const newest = `${String(seen.sequence)} was verified here before`;
  if (sequence === undefined)
    return { name, state: 'failed', how: `the file has no number, and number ${newest}` };
  if (sequence < seen.sequence)
    return { name, state: 'failed', how: `number ${String(sequence)} is old: ${newest}` };
  if (sequence === seen.sequence && contentHash !== seen.contentHash)
    return { name, state: 'failed', how: `another file of number ${newest}` };
  return { name, state: 'passed', how: `file ${String(sequence)}, and ${newest}` };
}
