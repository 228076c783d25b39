// Providers name their regions as they like: us-west, na-us-west, eu-central, as-southeastern.

const WORDS: Readonly<Record<string, string>> = {
  europe: 'eu',
  european: 'eu',
  usa: 'us',
  america: 'us',
  'united-states': 'us',
  asia: 'as',
  'asia-pacific': 'as',
  apac: 'as',
  ap: 'as',
  'north-america': 'na',
  canada: 'ca',
  africa: 'af',
  australia: 'oc',
  oceania: 'oc',
  'south-america': 'sa',
  'west-coast': 'us-west',
  'east-coast': 'us-east',
  germany: 'eu-central',
  frankfurt: 'eu-central',
};
const FAMILIES = ['eu', 'us', 'as', 'na', 'ca', 'af', 'oc', 'sa'];
const SIDES = 'west|east|north|south|central|northwest|northeast|southwest|southeast|midwest';
const REGION = new RegExp(`^(?:${FAMILIES.join('|')})(?:-(?:${SIDES})(?:-\\d{1,2})?)?$`);

/**
 * A region as we write it (`eu`, `us-west`), from what somebody or a provider calls it; undefined
 * when it is none that we know.
 */
export function readRegion(text: string): string | undefined {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-');
  const word = WORDS[plain] ?? plain;
  const region = word
    .replace(/^na-(?=us|ca)/, '')
    .replace(/^(?:ap|asia)-/, 'as-')
    .replace(/^(?:usa|america)-/, 'us-')
    .replace(/^europe-/, 'eu-')
    .replace(/ern(?=-|$)/g, '');
  return REGION.test(region) ? region : undefined;
}

/** Whether a provider's region is the one wished for, or lies within it: `us-west-2` in `us`. */
export function isInRegion(offered: string, wished: string): boolean {
  const region = readRegion(offered) ?? offered.toLowerCase();
  return (
    region === wished ||
    region.startsWith(`${wished}-`) ||
    (wished === 'na' && /^(?:us|ca)(?:-|$)/.test(region))
  );
}

/** Whether a region is a place, and not a whole continent or country that no provider names so. */
export function isPlace(region: string): boolean {
  return region.includes('-');
}

/** The regions that may be asked for, in words. */
export const KNOWN_REGIONS =
  'eu, us, asia (as), na, ca, sa, af, oc, or a side such as us-west or eu-central';
