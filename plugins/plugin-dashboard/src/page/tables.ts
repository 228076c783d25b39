import { make } from './elements.ts';

type Cell = Node | string | number;

/** A table that scrolls by itself where it is too wide, by keyboard too. */
export function tableOf(
  label: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  numbers: readonly number[] = [],
): HTMLElement {
  const kind = (column: number): string | undefined =>
    numbers.includes(column) ? 'number' : undefined;
  return make(
    'div',
    { class: 'scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': label } },
    make(
      'table',
      {},
      make('caption', { class: 'hidden' }, label),
      make(
        'thead',
        {},
        make(
          'tr',
          {},
          ...head.map((name, column) =>
            make('th', { class: kind(column), attributes: { scope: 'col' } }, name),
          ),
        ),
      ),
      make(
        'tbody',
        {},
        ...rows.map((cells) =>
          make('tr', {}, ...cells.map((cell, column) => make('td', { class: kind(column) }, cell))),
        ),
      ),
    ),
  );
}
