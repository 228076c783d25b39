import { NUMBER, readNumber } from './number-words.ts';
import type { Words } from './words.ts';

const UNIT = String.raw`(?<unit>[kmgt]i?b?|kilobytes?|megabytes?|gigabytes?|terabytes?|mebibytes?|gibibytes?|tebibytes?|megs?|gigs?|teras?)\b`;
const SIZE = String.raw`(?<size>${NUMBER})\s*(?:a\s+)?${UNIT}`;
const MEMORY = String.raw`(?:ram|memory|mem)\b`;
const DISK = String.raw`(?:(?:persistent|persisted|durable|ephemeral|ssd|nvme)\s+)?(?:storage|disk(?:\s+space)?|ssd|nvme|volume|space)\b`;

const CPU = [
  String.raw`(?<amount>${NUMBER})\s*(?<milli>m)?\s*(?:of\s+)?(?:an?\s+)?(?:milli-?)?(?:v-?)?(?:cpus?|cores?|processors?)\b`,
  String.raw`\b(?:v-?)?(?:cpus?|cores?)\s*(?:of|:|=)?\s*(?<amount>\d+(?:\.\d+)?)(?<milli>m)?\b`,
].map((source) => new RegExp(source, 'i'));
const memoryPatterns = patterns(MEMORY);
const diskPatterns = patterns(DISK);
// A lone m may be thousandths of a CPU as well.
const BARE = new RegExp(String.raw`(?<![\w.])(?!\d+\s*m\b)${SIZE}`, 'i');

function patterns(noun: string): RegExp[] {
  return [
    new RegExp(String.raw`(?<![\w.])${SIZE}\s*(?:of\s+)?${noun}`, 'i'),
    new RegExp(String.raw`\b${noun}\s*(?:of|:|=)?\s*${SIZE}`, 'i'),
  ];
}

/** What a message says of the machine. Fields as in a specification; questions for what is unclear. */
export function readResources(words: Words): {
  fields: Record<string, string>;
  questions: string[];
} {
  const fields: Record<string, string> = {};
  const questions: string[] = [];
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined) fields[name] = value;
  };
  const cpu = takeFirst(words, CPU);
  if (cpu) put('cpu', cpuOf(cpu));
  put('storage', sizeOf(takeFirst(words, diskPatterns)));
  put('memory', sizeOf(takeFirst(words, memoryPatterns)));
  const bare = words.takeAll(BARE).map(sizeOf);
  // Who says "half a cpu and 512Mi" means memory.
  if (!('memory' in fields)) put('memory', bare.shift());
  if (bare.length > 0)
    questions.push(`Is ${bare.map((size) => size ?? '').join(' and ')} memory or storage?`);
  return { fields, questions };
}

function takeFirst(words: Words, candidates: readonly RegExp[]): ReturnType<Words['take']> {
  for (const pattern of candidates) {
    const found = words.take(pattern);
    if (found) return found;
  }
  return undefined;
}

function cpuOf({
  amount = '',
  milli,
}: Readonly<Record<string, string | undefined>>): string | undefined {
  const number = readNumber(amount);
  return number === undefined || milli === undefined ? number : `${number}m`;
}

// MB are a million bytes, as in SDL and on every label; MiB and gigs are what machines count in.
function sizeOf(
  found: Readonly<Record<string, string | undefined>> | undefined,
): string | undefined {
  const amount = found?.['size'] === undefined ? undefined : readNumber(found['size']);
  const unit = found?.['unit'];
  if (amount === undefined || unit === undefined) return undefined;
  const letter = unit.charAt(0).toUpperCase();
  const isBinary = /^.i|bi|^gigs?$|^megs?$|^teras?$|^[mg]$/.test(unit);
  return `${amount}${isBinary ? `${letter}i` : letter === 'K' ? 'k' : letter}`;
}
