import { formatUsd } from '@371os/kernel';
import type { LedgerRow } from '@371os/plugin-treasury';
import type { LedgerLine } from '../domain/panels.ts';

/** A row of the ledger as the page shows it. */
export function ledgerLine(row: LedgerRow): LedgerLine {
  const { id, tsMs, category, provider, model, tokensIn, tokensOut, costPico, status } = row;
  return {
    ...{ id, category, status, atMs: tsMs, model: `${provider}:${model}` },
    ...{ agent: row.agent ?? null, user: row.user ?? null },
    tokens: tokensIn + tokensOut,
    costUsd: formatUsd(costPico),
  };
}
