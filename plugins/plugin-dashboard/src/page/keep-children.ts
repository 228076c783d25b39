interface Kept<Item> {
  readonly keyOf: (item: Item) => string;
  readonly make: (item: Item) => HTMLElement;
}

const FOCUSABLE = 'a[href], button, input, select, summary, [tabindex]';
const madeOf = new WeakMap<Element, string>();

/**
 * Makes the children of an element those of a list. What has not changed stays the same element, so
 * that focus, selection and what is unfolded outlive an update; what has changed inherits them.
 */
export function keepChildren<Item>(
  parent: HTMLElement,
  items: readonly Item[],
  { keyOf, make }: Kept<Item>,
): void {
  const known = new Map([...parent.children].map((child) => [keyIn(child), child]));
  let place: Element | null = parent.firstElementChild;
  for (const item of items) {
    const json = JSON.stringify(item);
    const old = known.get(keyOf(item));
    known.delete(keyOf(item));
    if (old && madeOf.get(old) === json) {
      place = putAt(parent, old, place);
      continue;
    }
    const fresh = make(item);
    fresh.dataset['key'] = keyOf(item);
    madeOf.set(fresh, json);
    if (old) {
      if (place === old) place = old.nextElementSibling;
      replace(old, fresh);
    }
    place = putAt(parent, fresh, place);
  }
  for (const gone of known.values()) gone.remove();
}

function keyIn(child: Element): string {
  return (child as HTMLElement).dataset['key'] ?? '';
}

// An element that is where it belongs is not touched: moving it would cost it the focus.
function putAt(parent: HTMLElement, child: Element, place: Element | null): Element | null {
  if (child === place) return child.nextElementSibling;
  parent.insertBefore(child, place);
  return place;
}

function replace(old: Element, fresh: HTMLElement): void {
  const unfolded = [...old.querySelectorAll('details')].map(({ open }) => open);
  for (const [index, details] of fresh.querySelectorAll('details').entries())
    details.open = unfolded[index] ?? false;
  const focused = [...old.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement as Element);
  old.replaceWith(fresh);
  const heir = [...fresh.querySelectorAll<HTMLElement>(FOCUSABLE)][focused];
  heir?.focus({ preventScroll: true });
}
