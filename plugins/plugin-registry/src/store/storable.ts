// Escaped back slashes are stepped over, so that the escapes found are escapes.
const NOT_STORABLE = /\\\\|\\u0000|\\ud[89a-f][\da-f]{2}/g;

/**
 * JSON that a database keeps: a NUL and half a surrogate pair, which strangers may write, become
 * U+FFFD. Bigints become their digits.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'bigint' ? String(field) : field,
  );
  return text.replace(NOT_STORABLE, (found) => (found === '\\\\' ? found : '\\ufffd'));
}

/** The same for a text. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
