import { readResources } from './read-resources.ts';
import { NUMBER, readNumber } from './number-words.ts';
import { Words } from './words.ts';

const LONGEST = 4_000;
const MONEY =
  /\b(?:cost|costs|costing|price|prices|priced|pricing|cheap|cheaper|expensive|save|savings?|how\s+much|compare|comparison)\b/i;
const HOSTING =
  /\b(?:host|hosting|hosted|akash|fargate|autopilot|aws|azure|gke|cloud|vps|run|running)\b/i;
const REPLICAS = new RegExp(
  String.raw`(?<replicas>${NUMBER})\s+(?:replicas?|instances?|copies|pods?|containers?)\b`,
  'i',
);

/** The machine whose hosting a message wants compared, as fields of a specification. */
export function readComparisonRequest(text: string): Record<string, string> | undefined {
  if (text.length > LONGEST || !MONEY.test(text) || !HOSTING.test(text)) return undefined;
  const words = new Words(text);
  const replicas = readNumber(words.take(REPLICAS)?.['replicas'] ?? '');
  const { fields, questions } = readResources(words);
  // Without a CPU or memory there is nothing to compare, and other questions of cost are not ours.
  const isMachine = questions.length === 0 && ('cpu' in fields || 'memory' in fields);
  return isMachine ? { ...fields, ...(replicas === undefined ? {} : { replicas }) } : undefined;
}
