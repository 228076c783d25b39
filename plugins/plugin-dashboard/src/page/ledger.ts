import type { LedgerLine } from '../domain/panels.ts';
import { byId, make } from './elements.ts';
import { ask, SignedOutError } from './session.ts';
import { tableOf } from './tables.ts';
import { dollars, moment } from './words.ts';

interface Found {
  readonly rows: readonly LedgerLine[];
  readonly isAll: boolean;
}

/**
 * The ledger under its filter.
 * @returns what looks again
 */
export function ledgerView(onSignedOut: () => void): () => void {
  const form = byId('ledger-filter', HTMLFormElement);
  const body = byId('ledger-body', HTMLElement);
  const csv = byId('ledger-csv', HTMLButtonElement);
  const onProblem = (error: unknown): void => {
    if (error instanceof SignedOutError) onSignedOut();
    else showProblem(body, error);
  };
  const look = (): void => {
    ask(`ledger?${filterOf(form)}`)
      .then((response) => response.json() as Promise<Found>)
      .then((found) => {
        show(body, found);
      })
      .catch(onProblem);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    look();
  });
  form.addEventListener('change', look);
  csv.addEventListener('click', () => {
    download(filterOf(form)).catch(onProblem);
  });
  return look;
}

function filterOf(form: HTMLFormElement): string {
  const fields = [...new FormData(form)].flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value.trim()]] : [],
  );
  return new URLSearchParams(fields.filter(([, value]) => value !== '')).toString();
}

// A plain link could not send the token.
async function download(filter: string): Promise<void> {
  const response = await ask(`ledger.csv?${filter}`);
  const address = URL.createObjectURL(await response.blob());
  make('a', { attributes: { href: address, download: 'ledger.csv' } }).click();
  URL.revokeObjectURL(address);
}

let shown = '';

function showProblem(body: HTMLElement, error: unknown): void {
  shown = '';
  const text = error instanceof Error ? error.message : String(error);
  body.replaceChildren(make('p', { class: 'problem', attributes: { role: 'alert' } }, text));
}

function show(body: HTMLElement, found: Found): void {
  const json = JSON.stringify(found);
  if (json === shown) return;
  shown = json;
  const { rows, isAll } = found;
  if (rows.length === 0) {
    body.replaceChildren(make('p', { class: 'note' }, 'The ledger has nothing of this.'));
    return;
  }
  const head = [
    'When',
    'Category',
    'Agent',
    'Person',
    'Model or supplier',
    'Tokens',
    'Cost',
    'Status',
  ];
  const cells = rows.map((row) => [
    ...[moment(row.atMs), row.category, row.agent ?? '', row.user ?? '', row.model],
    row.tokens.toLocaleString('en-US'),
    make('span', { title: `${row.costUsd} USD` }, dollars(row.costUsd)),
    row.status,
  ]);
  const words = isAll
    ? `All ${rows.length} lines.`
    : `The newest ${rows.length} lines; the CSV has more.`;
  body.replaceChildren(tableOf('Ledger', head, cells, [5, 6]), make('p', { class: 'soft' }, words));
}
