import { make } from './elements.ts';

/** Terms with what is known of them; those with null are left out. */
export function facts(
  pairs: readonly (readonly [term: string, value: Node | string | null])[],
): HTMLElement {
  return make('dl', { class: 'facts' }, ...rowsOf(pairs));
}

/** The same as rows, for a list that is there. */
export function rowsOf(
  pairs: readonly (readonly [term: string, value: Node | string | null])[],
): HTMLElement[] {
  return pairs
    .filter(([, value]) => value !== null)
    .map(([term, value]) => make('div', {}, make('dt', {}, term), make('dd', {}, value)));
}
