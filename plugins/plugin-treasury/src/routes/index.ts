import type { Route } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { CATEGORIES, WINDOWS } from '../domain/caps.ts';
import { ledgerCsv } from '../domain/csv.ts';
import { treasuryOf } from '../services/treasury-service.ts';
import { presentApproval, presentBudget, presentLedgerRow } from './present.ts';

const nothing = z.object({});

const ledgerQuery = z.object({
  format: z.enum(['json', 'csv']).default('json'),
  category: z.enum(CATEGORIES).optional(),
  agent: z.string().max(200).optional(),
  user: z.string().max(200).optional(),
  task: z.string().max(200).optional(),
  window: z.enum(WINDOWS).optional(),
  limit: z.coerce.number().int().min(1).max(100_000).default(1_000),
});

/** What the treasury answers over HTTP, below /treasury. */
export const routes: Route[] = [
  authenticatedRoute({
    type: 'GET',
    path: '/budget',
    minimumRole: 'admin',
    body: nothing,
    run: async ({ runtime }) => presentBudget(await (await treasuryOf(runtime)).summary()),
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/ledger',
    minimumRole: 'admin',
    body: ledgerQuery,
    run: async ({ runtime, body: { format, ...filter }, response }) => {
      const rows = await (await treasuryOf(runtime)).ledger(filter);
      if (format === 'json') return { rows: rows.map(presentLedgerRow) };
      response.setHeader?.('Content-Type', 'text/csv; charset=utf-8');
      response.setHeader?.('Content-Disposition', 'attachment; filename="ledger.csv"');
      response.send(ledgerCsv(rows));
      return undefined;
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/approvals',
    minimumRole: 'admin',
    body: nothing,
    run: async ({ runtime }) => {
      const waiting = await (await treasuryOf(runtime)).approvals.pending();
      return { approvals: waiting.map(presentApproval) };
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/approvals/:id/approve',
    minimumRole: 'owner',
    body: nothing,
    run: async ({ runtime, principal, request }) => {
      const treasury = await treasuryOf(runtime);
      return { ...(await treasury.carryOut(request.params?.['id'] ?? '', { principal })) };
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/approvals/:id/decline',
    minimumRole: 'owner',
    body: nothing,
    run: async ({ runtime, principal, request }) => {
      const { approvals } = await treasuryOf(runtime);
      return presentApproval(await approvals.decline(request.params?.['id'] ?? '', { principal }));
    },
  }),
];
