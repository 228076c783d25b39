const LONGEST = 500;
const POLITE = String.raw`^(?:(?:please|now|so|can|could|would|will|you|let's)[,:]?\s+)*`;
const NAME = String.raw`(?:the\s+)?(?:agent\s+)?["“']?(?<name>\p{L}[\p{L}\d._-]*(?:\s+\p{L}[\p{L}\d._-]*){0,4}?)["”']?`;
const PATTERNS = [
  String.raw`${POLITE}fail\s*-?over\s+${NAME}[.!?]*\s*$`,
  String.raw`${POLITE}fail\s+${NAME}\s+over\b[^?]*$`,
  String.raw`${POLITE}move\s+${NAME}\s+to\s+another\s+(?:provider|region)[.!?]*\s*$`,
].map((source) => new RegExp(source, 'iu'));

/** The agent that somebody wants to have somewhere else; undefined when a message is not about that. */
export function readFailoverRequest(text: string): { name: string } | undefined {
  if (text.length > LONGEST) return undefined;
  for (const pattern of PATTERNS) {
    const name = pattern.exec(text)?.groups?.['name'];
    if (name !== undefined) return { name: name.replace(/[.]+$/, '') };
  }
  return undefined;
}
