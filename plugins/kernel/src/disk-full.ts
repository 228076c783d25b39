// As the operating system and PostgreSQL name it.
const CODES = new Set(['ENOSPC', 'EDQUOT', '53100']);

/** Whether an error, or one of its causes, is that a disk has no room left. */
export function isDiskFull(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (CODES.has(String((cause as { code?: unknown }).code))) return true;
  return false;
}
