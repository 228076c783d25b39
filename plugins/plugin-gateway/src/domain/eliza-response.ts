/**
 * Writes what ElizaOS reads as XML: one `<response>` with a tag for each field. Text keeps its own
 * angle brackets where ElizaOS's reader copes with them, because streamed text is shown as it is.
 */
export function writeResponse(fields: Readonly<Record<string, string>>): string {
  const tags = Object.entries(fields).map(
    ([name, value]) => `<${name}>${escapeField(name, value)}</${name}>`,
  );
  return `<response>${tags.join('')}</response>`;
}

/** Keeps a value inside its tag: what would end or nest the tag, or read as an entity, is escaped. */
export function escapeField(name: string, value: string): string {
  return value
    .replace(/&(?=(?:lt|gt|amp|quot|apos);)/g, '&amp;')
    .replace(new RegExp(`<(?=/?(?:response|${name}))`, 'g'), '&lt;');
}

/** A finished answer for a prompt that a person's message led to; undefined for other prompts. */
export function answerFor(kind: string, thought: string, text: string): string | undefined {
  switch (kind) {
    case 'dialog':
      return writeResponse({ thought, actions: 'REPLY', providers: '', text });
    case 'reply':
    case 'summary':
      return writeResponse({ thought, text });
    case 'decision':
      return writeResponse({
        thought,
        action: '',
        parameters: '{}',
        providers: '',
        isFinish: 'true',
      });
    default:
      return undefined;
  }
}

/** A reflection that found nothing. ElizaOS asks again for one that is empty, so it says so. */
export function emptyReflection(thought: string): string {
  return writeResponse({ thought, facts: 'none', relationships: 'none' });
}
