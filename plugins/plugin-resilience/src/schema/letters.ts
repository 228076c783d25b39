import { bigint, boolean, index, integer, text, timestamp } from 'drizzle-orm/pg-core';
import { resilience } from './resilience.ts';

const count = (name: string) => bigint(name, { mode: 'number' }).notNull();
const moment = (name: string) => timestamp(name, { withTimezone: true });

/** Letters of this node to others. */
export const lettersOut = resilience.table(
  'letters_out',
  {
    id: text('id').primaryKey(),
    receiver: text('receiver').notNull(),
    number: count('number'),
    /** `receiver/number`. */
    place: text('place').notNull().unique(),
    hash: text('hash').notNull(),
    /** JSON, as it is sent. */
    letter: text('letter').notNull(),
    madeAt: moment('made_at').notNull().defaultNow(),
    /** Whether its receiver could not be reached when it was made, or when it was to be taken there. */
    isCutOff: boolean('is_cut_off').notNull(),
    linkBackAt: moment('link_back_at'),
    acknowledgedAt: moment('acknowledged_at'),
    isSpoilt: boolean('is_spoilt').notNull().default(false),
  },
  (table) => [
    index('letters_out_waiting').on(table.receiver, table.acknowledgedAt, table.number),
    index('letters_out_made').on(table.isCutOff, table.madeAt),
  ],
);

/** Letters of other nodes that were applied here. */
export const lettersIn = resilience.table(
  'letters_in',
  {
    /** `sender/number`. */
    place: text('place').primaryKey(),
    sender: text('sender').notNull(),
    number: count('number'),
    hash: text('hash').notNull(),
    letter: text('letter').notNull(),
    kind: text('kind').notNull(),
    /** The letter of this node that it answers. */
    answersTo: text('answers_to'),
    appliedAt: moment('applied_at').notNull().defaultNow(),
  },
  (table) => [
    index('letters_in_answers').on(table.answersTo),
    index('letters_in_kind').on(table.kind, table.appliedAt),
  ],
);

/** Where the letters of each other node stand. */
export const letterSenders = resilience.table('letter_senders', {
  sender: text('sender').primaryKey(),
  newest: count('newest').default(0),
  hash: text('hash').notNull(),
  /** Up to this number its letters are not waited for, though they may still come. */
  givenUp: count('given_up').default(0),
  heldNumber: bigint('held_number', { mode: 'number' }),
  heldSince: moment('held_since'),
  refusals: integer('refusals').notNull().default(0),
  lastRefusal: text('last_refusal'),
  lastRefusedAt: moment('last_refused_at'),
});

/** How many letters each node is known to have sent to each other one. */
export const lettersSent = resilience.table('letters_sent', {
  /** `sender/receiver`. */
  pair: text('pair').primaryKey(),
  sender: text('sender').notNull(),
  receiver: text('receiver').notNull(),
  number: count('number'),
});
