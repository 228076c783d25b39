type Cell = string | number | boolean | null;

const COLUMN_GAP = '  ';

/** Rows as a table of text: a column for each key, in order of appearance, numbers to the right. */
export function formatTable(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = keys.map((key) => {
    const cells = rows.map((row) => formatCell(row[key] ?? null));
    const width = Math.max(key.length, ...cells.map((cell) => cell.length));
    const isNumeric = rows.every((row) => typeof (row[key] ?? 0) === 'number');
    const align = (text: string): string => (isNumeric ? text.padStart(width) : text.padEnd(width));
    return [key, ...cells].map(align);
  });
  return [headerOf(columns), ...rows.map((_, index) => lineOf(columns, index + 1))].join('\n');
}

function headerOf(columns: readonly string[][]): string {
  const header = lineOf(columns, 0);
  return `${header}\n${columns.map((column) => '-'.repeat(column[0]?.length ?? 0)).join(COLUMN_GAP)}`;
}

function lineOf(columns: readonly string[][], index: number): string {
  return columns
    .map((column) => column[index] ?? '')
    .join(COLUMN_GAP)
    .trimEnd();
}

function formatCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'number') return String(value);
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 3 : 1 });
}
