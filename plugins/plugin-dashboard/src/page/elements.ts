/** What an element is made of: text is always text, whatever somebody wrote into it. */
type Child = Node | string | number | null | undefined | false;

interface Wishes {
  readonly class?: string | undefined;
  readonly title?: string | undefined;
  /** Attributes by name; those that are undefined are left out. */
  readonly attributes?: Readonly<Record<string, string | undefined>>;
  readonly onClick?: (event: MouseEvent) => void;
}

/** Makes an element. Nothing here reads markup. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  wishes: Wishes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (wishes.class) element.className = wishes.class;
  if (wishes.title) element.title = wishes.title;
  for (const [attribute, value] of Object.entries(wishes.attributes ?? {}))
    if (value !== undefined) element.setAttribute(attribute, value);
  if (wishes.onClick) element.addEventListener('click', wishes.onClick as EventListener);
  element.append(...children.filter(isThere).map((child) => toNode(child)));
  return element;
}

function isThere(child: Child): child is Node | string | number {
  return child !== null && child !== undefined && child !== false;
}

function toNode(child: Node | string | number): Node | string {
  return typeof child === 'number' ? String(child) : child;
}

/** The element of an id that the page is known to have. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`the page has no ${kind.name} #${id}`);
}

/** A link for an address that a browser may follow; its text alone for any other. */
export function linkTo(address: string): HTMLElement {
  const isWeb = /^https?:\/\//i.test(address);
  if (!isWeb) return make('span', {}, address);
  return make(
    'a',
    { attributes: { href: address, target: '_blank', rel: 'noopener noreferrer' } },
    address.replace(/^https?:\/\//i, ''),
  );
}
