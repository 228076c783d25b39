/** A place in an SDL as people write it: `services.web.expose[0].port`. */
export function sdlPath(parts: readonly PropertyKey[]): string {
  return parts.reduce<string>((path, part) => {
    if (typeof part === 'number') return `${path}[${String(part)}]`;
    return path === '' ? String(part) : `${path}.${String(part)}`;
  }, '');
}

/** The same of a JSON pointer: `/services/web/expose/0/port`. */
export function pathOfPointer(pointer: string): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return sdlPath(parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part)));
}
