import { bigint, index, integer, jsonb, text, timestamp } from 'drizzle-orm/pg-core';
import { resilience } from './resilience.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** Every drill: what was to be done, what was made to fail, and what came of it. */
export const drills = resilience.table(
  'drills',
  {
    /** That of its approval, or one of its own when it was on the schedule. */
    id: text('id').primaryKey(),
    kind: text('kind').notNull(),
    /** The dependency class whose failover it shows; null for one that shows none. */
    dependencyClass: text('dependency_class'),
    /** Another class whose failover was shown as well; null for none. */
    alsoShows: text('also_shows'),
    plan: jsonb('plan').notNull(),
    /** approved, running, succeeded, failed, aborted, refused */
    state: text('state').notNull(),
    /** `the one` while it runs: no two do. */
    slot: text('slot').unique(),
    requesterId: text('requester_id').notNull(),
    approvedBy: text('approved_by').notNull(),
    roomId: text('room_id').notNull().default(''),
    askedAt: moment('asked_at').notNull().defaultNow(),
    /** The lead under which it runs: whoever leads after that takes its fault back. */
    epoch: bigint('epoch', { mode: 'number' }),
    begunAt: moment('begun_at'),
    /** Written before the fault is made; null when there is nothing to take back. */
    faultUntil: moment('fault_until'),
    faultEndedAt: moment('fault_ended_at'),
    /** Who wants it ended before its time. */
    abortedBy: text('aborted_by'),
    /** From the fault, in milliseconds. */
    detectedMs: integer('detected_ms'),
    /** From the fault to the first task or call that a replacement did. */
    recoveredMs: integer('recovered_ms'),
    outcome: text('outcome').notNull().default(''),
    endedAt: moment('ended_at'),
  },
  (table) => [index('drills_state').on(table.state)],
);
