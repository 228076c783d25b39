import type { Route } from '@elizaos/core';
import { authenticatedRoute, runtimeSettings, systemClock } from '@371os/kernel';
import { CATEGORIES, WINDOWS, treasuryOf } from '@371os/plugin-treasury';
import { z } from 'zod';
import { dashboardOf } from '../services/dashboard-service.ts';
import { bySession, sessionOf } from '../services/recognise.ts';
import { ledgerLine } from './present-ledger.ts';
import { EventStream } from './stream.ts';

const nothing = z.object({});
const text = z.string().trim().max(200).optional();

// A form sends what was not filled in as an empty text.
const filter = z.preprocess(
  (query) =>
    Object.fromEntries(
      Object.entries((query ?? {}) as Record<string, unknown>).filter(([, value]) => value !== ''),
    ),
  z.object({
    category: z.enum(CATEGORIES).optional(),
    window: z.enum(WINDOWS).optional(),
    agent: text,
    user: text,
    task: text,
  }),
);

const SHOWN = 200;

/** What the page asks for, each with a token. */
export const dataRoutes: Route[] = [
  authenticatedRoute({
    ...{ type: 'GET', path: '/data/events', minimumRole: 'admin', body: nothing },
    recognise: bySession,
    run: async ({ runtime, request, response }) => {
      const dashboard = await dashboardOf(runtime);
      const ownerToken = runtimeSettings(runtime)('ELIZA_SERVER_AUTH_TOKEN');
      const session = await sessionOf(request, String(ownerToken), runtime);
      const stream = new EventStream(response);
      const forget = dashboard.sessions.untilEnd(session?.id, () => stream.end());
      const leave = dashboard.hub.watch((json) => stream.send('panel', json));
      stream.onEnd(() => {
        leave();
        forget();
      });
      if (session) stream.endAt(session.expiresAtMs, systemClock());
      return undefined;
    },
  }),
  authenticatedRoute({
    ...{ type: 'GET', path: '/data/ledger', minimumRole: 'admin', body: filter },
    recognise: bySession,
    run: async ({ runtime, body, response }) => {
      const rows = await (await treasuryOf(runtime)).ledger({ ...body, limit: SHOWN });
      response.setHeader?.('Cache-Control', 'no-store');
      return { rows: rows.map(ledgerLine), isAll: rows.length < SHOWN };
    },
  }),
  authenticatedRoute({
    ...{ type: 'GET', path: '/data/ledger.csv', minimumRole: 'admin', body: filter },
    recognise: bySession,
    run: async ({ runtime, body, response }) => {
      const csv = await (await treasuryOf(runtime)).exportCsv(body);
      response.setHeader?.('Content-Type', 'text/csv; charset=utf-8');
      response.setHeader?.('Content-Disposition', 'attachment; filename="ledger.csv"');
      response.setHeader?.('Cache-Control', 'no-store');
      response.send(csv);
      return undefined;
    },
  }),
  authenticatedRoute({
    ...{ type: 'POST', path: '/data/approvals/:id/approve', minimumRole: 'owner', body: nothing },
    recognise: bySession,
    run: async ({ runtime, principal, request }) => {
      const treasury = await treasuryOf(runtime);
      return { ...(await treasury.carryOut(request.params?.['id'] ?? '', { principal })) };
    },
  }),
  authenticatedRoute({
    ...{ type: 'POST', path: '/data/approvals/:id/decline', minimumRole: 'owner', body: nothing },
    recognise: bySession,
    run: async ({ runtime, principal, request }) => {
      const { approvals } = await treasuryOf(runtime);
      const { summary } = await approvals.decline(request.params?.['id'] ?? '', { principal });
      return { text: `Declined: ${summary}`, state: 'COMPLETED' };
    },
  }),
  authenticatedRoute({
    ...{ type: 'GET', path: '/data/sessions', minimumRole: 'owner', body: nothing },
    recognise: bySession,
    run: async ({ runtime }) => ({ sessions: await (await dashboardOf(runtime)).sessions.list() }),
  }),
  authenticatedRoute({
    ...{ type: 'POST', path: '/data/sessions/:id/end', minimumRole: 'owner', body: nothing },
    recognise: bySession,
    run: async ({ runtime, request }) => {
      const id = request.params?.['id'] ?? '';
      await (await dashboardOf(runtime)).sessions.end(id);
      return { id };
    },
  }),
];
