/** A call of a tool of elsewhere, as raw fields. */
export interface OutsideWords {
  readonly server: string;
  readonly tool: string;
  readonly arguments: string;
  readonly [field: string]: string;
}

const USE =
  /^(?:please\s+)?(?:use|call|run)\s+(?:the\s+)?tool\s+(?<tool>[\w.:/-]{1,128})\s+(?:of|on|from|at)\s+(?:the\s+)?(?:mcp\s+)?server\s+(?<server>[\w.-]{1,64}?)(?:\s+with\s+(?<with>\{[^]*\}))?\s*[.!]?$/i;

/** What a sentence asks of a tool of elsewhere; undefined when it asks for something else. */
export function readOutsideRequest(text: string): OutsideWords | undefined {
  const { tool, server, with: given } = USE.exec(text.trim())?.groups ?? {};
  if (tool === undefined || server === undefined) return undefined;
  return { server, tool, arguments: given ?? '{}' };
}
