/** What to show of an event while an answer is awaited; undefined for what nobody needs to see. */
export function describeProgress(event: Record<string, unknown>): string | undefined {
  if (event['kind'] === 'routing') return `… asking ${String(event['agent'])}`;
  if (event['kind'] === 'progress') return `… ${String(event['text'])}`;
  return undefined;
}
