import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

const treasury = pgSchema('treasury');

const pico = (name: string) => bigint(name, { mode: 'bigint' });
const moment = (name: string) => timestamp(name, { withTimezone: true });

/** What may be spent. `setting_value` is what the setting said when it last set the limit. */
export const caps = treasury.table('caps', {
  id: text('id').primaryKey(),
  category: text('category').notNull(),
  scope: text('scope').notNull(),
  scopeId: text('scope_id').notNull(),
  period: text('period').notNull(),
  limitPico: pico('limit_pico').notNull(),
  setting: text('setting'),
  settingValue: text('setting_value'),
  changedBy: text('changed_by').notNull(),
  changedAt: moment('changed_at').notNull(),
});

/**
 * What each scope has spent and reserved in each window, whether a cap limits it or not: a cap
 * that is set later is exact at once. Rows are made when first needed, and go long after their window.
 */
export const balances = treasury.table(
  'balances',
  {
    id: text('id').primaryKey(),
    category: text('category').notNull(),
    scope: text('scope').notNull(),
    scopeId: text('scope_id').notNull(),
    period: text('period').notNull(),
    /** First day of the window, `2026-01-31`. */
    windowStart: text('window_start').notNull(),
    spentPico: pico('spent_pico').notNull(),
    reservedPico: pico('reserved_pico').notNull(),
  },
  (table) => [index('balances_window').on(table.period, table.windowStart)],
);

/**
 * open -> settled | released | expired; expired -> settled, since spent is spent. `cost_pico` is what
 * stands in the ledger.
 */
export const reservations = treasury.table(
  'reservations',
  {
    id: text('id').primaryKey(),
    category: text('category').notNull(),
    amountPico: pico('amount_pico').notNull(),
    agent: text('agent'),
    userId: text('user_id'),
    task: text('task'),
    balanceIds: text('balance_ids').array().notNull(),
    state: text('state').notNull(),
    ttlMs: integer('ttl_ms').notNull(),
    chargeOnExpiry: boolean('charge_on_expiry').notNull().default(false),
    costPico: pico('cost_pico'),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('reservations_due').on(table.state, table.expiresAt)],
);

/**
 * Every call, once: what was reserved has the id of its reservation. `ts` is when its spending was
 * decided, which places it in its windows.
 */
export const ledger = treasury.table(
  'ledger',
  {
    id: text('id').primaryKey(),
    ts: moment('ts').notNull(),
    recordedAt: moment('recorded_at').notNull(),
    category: text('category').notNull(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    tokensIn: integer('tokens_in').notNull(),
    tokensOut: integer('tokens_out').notNull(),
    costPico: pico('cost_pico').notNull(),
    task: text('task'),
    agent: text('agent'),
    userId: text('user_id'),
    status: text('status').notNull(),
    priceId: text('price_id'),
    callId: text('call_id'),
    reservationId: text('reservation_id'),
  },
  (table) => [
    index('ledger_ts').on(table.ts),
    index('ledger_task').on(table.task, table.ts),
    index('ledger_agent').on(table.agent, table.ts),
    index('ledger_user').on(table.userId, table.ts),
  ],
);

/** What waits for, or had, a person's approval. */
export const approvals = treasury.table(
  'approvals',
  {
    id: text('id').primaryKey(),
    kind: text('kind').notNull(),
    digest: text('digest').notNull(),
    plan: jsonb('plan').notNull(),
    summary: text('summary').notNull(),
    amountPico: pico('amount_pico').notNull(),
    minimumRole: text('minimum_role').notNull(),
    requester: text('requester').notNull(),
    room: text('room'),
    message: text('message'),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    state: text('state').notNull(),
    decidedBy: text('decided_by'),
    decidedAt: moment('decided_at'),
  },
  (table) => [index('approvals_state').on(table.state, table.expiresAt)],
);

/** Tasks that may not reserve until the person they work for writes again. */
export const holds = treasury.table('holds', {
  task: text('task').primaryKey(),
  userId: text('user_id').notNull(),
  reason: text('reason').notNull(),
  heldAt: moment('held_at').notNull(),
});
