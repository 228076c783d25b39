/** What a message asks of the instances of an agent; the fields are those of the action. */
export interface ScaleFields extends Record<string, string> {
  readonly name: string;
}

const LONGEST = 500;
const POLITE = String.raw`^(?:(?:hey|hi|hello|please|now|so|and|then|can|could|would|will|you|i|we|want|need|like|let's|to|us)[,:]?\s+)*`;
const NAME = String.raw`(?:the\s+)?(?:agent\s+)?["“']?(?<name>\p{L}[\p{L}\d._-]*(?:\s+\p{L}[\p{L}\d._-]*){0,4}?)["”']?`;
const COUNT = String.raw`(?<count>\d{1,4}|zero|one|two|three|four|five|six|seven|eight|nine|ten)`;
const WAY = String.raw`(?:up|down)\s+`;
const PATTERNS = {
  to: pattern(
    String.raw`${POLITE}(?:scale|resize)\s+(?:${WAY})?${NAME}\s+(?:${WAY})?to\s+${COUNT}[.!?]*\s*$`,
  ),
  alone: pattern(
    String.raw`${POLITE}(?:scale\s+${NAME}|let\s+${NAME.replace('<name>', '<other>')}\s+scale)\s+(?:by\s+itself|automatically)\b`,
  ),
  how: pattern(
    String.raw`^(?:how|to\s+what)\s+(?:would|will|should|do)\s+(?:you|we|i)\s+scale\s+${NAME}[?.]*\s*$`,
  ),
};
const WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
];
const NO_NAME = /^(?:an?|the|our|my|this|that|it|them|up|down|to|all|every|any|more|by)$/i;

/** What a message asks, or undefined when it is not about instances. */
export function readScaleRequest(text: string): ScaleFields | undefined {
  if (text.length > LONGEST) return undefined;
  const how = nameIn(PATTERNS.how.exec(text));
  // Many a thing can be scaled; in a question a name is known by its capital.
  if (how !== undefined && /^\p{Lu}/u.test(how)) return { name: how, dryRun: 'true' };
  const to = PATTERNS.to.exec(text);
  const wanted = nameIn(to);
  if (wanted !== undefined) return { name: wanted, count: countOf(to?.groups?.['count'] ?? '') };
  const alone = nameIn(PATTERNS.alone.exec(text));
  return alone === undefined ? undefined : { name: alone, count: 'auto' };
}

function pattern(source: string): RegExp {
  return new RegExp(source, 'iu');
}

function nameIn(match: RegExpExecArray | null): string | undefined {
  const { name, other } = match?.groups ?? {};
  const words = (name ?? other)?.replace(/[.]+$/, '').split(/\s+/) ?? [];
  const isName = words.length > 0 && words.every(isWordOfName);
  return isName ? words.join(' ') : undefined;
}

// A name of several words has capitals, as in "CMO Kai".
function isWordOfName(word: string, place: number): boolean {
  return !NO_NAME.test(word) && (place === 0 || /^\p{Lu}/u.test(word));
}

function countOf(word: string): string {
  const place = WORDS.indexOf(word.toLowerCase());
  return place < 0 ? word : String(place);
}
