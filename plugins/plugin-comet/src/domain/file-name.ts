const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const LONGEST_SLUG = 40;

/** A name for a file in the output folder, with `.md` behind it; undefined when it is none. */
export function readFileName(typed: string): string | undefined {
  const name = typed.trim();
  if (!SAFE.test(name) || name.includes('..') || name.endsWith('.')) return undefined;
  const whole = /\.(md|markdown|txt)$/i.test(name) ? name : `${name}.md`;
  return whole.length <= 104 ? whole : undefined;
}

/** The name that an output gets when nobody names it: what made it, what it is about, which run. */
export function defaultFileName(shortcut: string, subject: string, runId: string): string {
  const slug = subject
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_SLUG)
    .replace(/^-+|-+$/g, '');
  return [shortcut, slug, runId.slice(0, 8)].filter((part) => part !== '').join('-') + '.md';
}
