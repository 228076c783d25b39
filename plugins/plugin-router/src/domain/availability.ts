import { formatUsd } from '@371os/kernel';
import type { DirectoryEntry } from './directory-entry.ts';

/** Whether an agent can begin something now, best first. */
export const AVAILABILITIES = ['free', 'busy', 'failing', 'away'] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** When an agent is taken to be failing. */
export interface FailingRule {
  /** So many failed attempts in a row, ... */
  readonly failuresInARow: number;
  /** ... until so long after the last one: then it gets another chance. */
  readonly forMs: number;
}

export function availabilityOf(
  { load, health }: Pick<DirectoryEntry, 'load' | 'health'>,
  rule: FailingRule,
  nowMs: number,
): Availability {
  const { isThere, failuresInARow, lastFailedAt = 0 } = health;
  if (!isThere) return 'away';
  if (failuresInARow >= rule.failuresInARow && nowMs - lastFailedAt < rule.forMs) return 'failing';
  return load.open >= load.concurrency ? 'busy' : 'free';
}

/** An agent in a line. */
export function describeAgent(
  agent: Pick<DirectoryEntry, 'name' | 'role' | 'load' | 'health' | 'rate' | 'isElsewhere'> & {
    readonly availability: Availability;
  },
): string {
  const { name, role, availability, rate, isElsewhere } = agent;
  const place = isElsewhere === true ? ', in another process' : '';
  const cost = rate ? `, $${formatUsd(rate.picoPerTask)} a task (${rate.basis})` : '';
  return `${name} (${role}) ${describeAvailability(availability, agent)}${place}${cost}`;
}

/** The same as the end of a sentence that begins with the agent. */
export function describeAvailability(
  availability: Availability,
  standing: {
    readonly load: DirectoryEntry['load'];
    readonly health: Pick<DirectoryEntry['health'], 'failuresInARow'>;
  },
): string {
  const { load, health } = standing;
  switch (availability) {
    case 'free':
      return `is free (${String(load.open)} of ${String(load.concurrency)} tasks)`;
    case 'busy':
      return `is busy (${String(load.open)} of ${String(load.concurrency)} tasks)`;
    case 'failing':
      return `has failed ${String(health.failuresInARow)} times in a row`;
    case 'away':
      return 'is not here';
  }
}
