import { formatUsd } from '@371os/kernel';
import type { LedgerRow } from './spending.ts';

const HEADER = [
  'ts',
  'category',
  'provider',
  'model',
  'tokens_in',
  'tokens_out',
  'cost_usd',
  'task',
  'agent',
  'user',
  'status',
  'price_id',
  'call_id',
  'reservation_id',
];

/**
 * Ledger rows as CSV (RFC 4180) with a header. A cell that a spreadsheet would take for a formula
 * gets an apostrophe before it.
 */
export function ledgerCsv(rows: readonly LedgerRow[]): string {
  return [HEADER, ...rows.map(cellsOf)]
    .map((cells) => `${cells.map(csvCell).join(',')}\r\n`)
    .join('');
}

function cellsOf(row: LedgerRow): string[] {
  return [
    new Date(row.tsMs).toISOString(),
    row.category,
    row.provider,
    row.model,
    String(row.tokensIn),
    String(row.tokensOut),
    formatUsd(row.costPico),
    row.task ?? '',
    row.agent ?? '',
    row.user ?? '',
    row.status,
    row.priceId ?? '',
    row.callId ?? '',
    row.reservationId ?? '',
  ];
}

function csvCell(text: string): string {
  const safe = /^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
