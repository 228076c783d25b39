const LONGEST = 300;

/** What went wrong and what lay at its root, in a line without a full stop. */
export function problemOf(error: unknown): string {
  const [said, root] = [lineOf(error), lineOf(rootOf(error))];
  return said === root ? said : `${said} (${root})`;
}

function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error;
}

// What a database says has many lines.
function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').slice(0, LONGEST).replace(/\.$/, '');
}
