import { ruledAction } from '@371os/kernel';
import { z } from 'zod';
import { WINDOWS } from '../domain/caps.ts';
import { ledgerCsv } from '../domain/csv.ts';
import { readExportRequest } from '../domain/decision-words.ts';
import { treasuryOf, type TreasuryService } from '../services/treasury-service.ts';

const MOST_ROWS_IN_CHAT = 200;

const input = z.object({ window: z.enum(WINDOWS).optional().catch(undefined) });

/** The newest ledger rows as CSV, with a word on where the others are. */
export async function exportToChat(
  treasury: TreasuryService,
  window?: (typeof WINDOWS)[number],
): Promise<string> {
  const rows = await treasury.ledger({ window, limit: MOST_ROWS_IN_CHAT + 1 });
  if (rows.length === 0) return 'The ledger has no rows.';
  const csv = ledgerCsv(rows.slice(0, MOST_ROWS_IN_CHAT));
  return rows.length > MOST_ROWS_IN_CHAT
    ? `${csv}\nThese are the newest ${MOST_ROWS_IN_CHAT} rows; GET /treasury/ledger?format=csv has all.`
    : csv;
}

/** Hands the ledger out as CSV. */
export const exportLedger = ruledAction({
  name: 'EXPORT_LEDGER',
  similes: ['LEDGER_AS_CSV', 'DOWNLOAD_SPENDING'],
  description: 'Exports the ledger of what was spent as CSV, for a day, a week, a month or all.',
  parameters: {
    window: {
      type: 'string',
      description: 'day, week or month; all when missing',
      required: false,
    },
  },
  adminsOnly: 'export the ledger',
  validate: (_runtime, message) =>
    Promise.resolve(/ledger|spending|csv/i.test(message.content.text ?? '')),
  rule: readExportRequest,
  example: ['Export the ledger as csv', 'ts,category,provider,model,tokens_in,tokens_out,cost_usd'],
  async work({ runtime, parameters }) {
    return { text: await exportToChat(await treasuryOf(runtime), input.parse(parameters).window) };
  },
});
