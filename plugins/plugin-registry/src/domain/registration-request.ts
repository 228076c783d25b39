import { POLITE_BEGINNING, splitList } from '@371os/kernel';
import { AGENT_STATUSES, CURRENCIES, PAYMENT_MODELS } from './registration-file.ts';

/** What a message asks of a registration; its fields are those of the action. */
export interface RegistrationRequest {
  readonly kind: 'register' | 'status';
  readonly fields: Readonly<Record<string, string>>;
}

const LONGEST = 4_000;
const REGISTER = new RegExp(
  String.raw`${POLITE_BEGINNING}(?:register|publish|enrol|enroll)\b(?=.*\b(?:yourself|agent|chain|on-?chain|blockchain|registry|registration|identity|erc-?8004)\b)`,
  'is',
);
const SET = 'set|change|update|put|switch';
const ABOUT = /\b(?:yourself|agent|registration|registry|on-?chain|status)\b/i;
const SET_STATUS = new RegExp(
  String.raw`${POLITE_BEGINNING}(?:${SET})\b.*\bstatus\b.*\b(?<status>${AGENT_STATUSES.join('|')})\b`,
  'is',
);
const VERBS = [
  ['retire|deregister|unregister', 'retired'],
  ['pause|suspend', 'paused'],
  ['resume|reactivate|activate', 'active'],
] as const;
const DONE_WITH = VERBS.map(
  ([words, status]) => [new RegExp(`${POLITE_BEGINNING}(?:${words})\\b`, 'i'), status] as const,
);
// What else than an agent's name stands where one would stand.
const NO_NAME =
  'yourself|you|your|the|our|my|this|agent|registration|registry|identity|status|on|on-?chain|from|in|into|at|to|for|with|by|as|of|and|or|now|please|again|today|until|while|during|because|since|so|but|when|after|before|is|it|its';
const BEFORE_NAME = String.raw`(?:${POLITE_BEGINNING}(?:${SET}|${VERBS.map(([words]) => words).join('|')})|\bagent|\bstatus\s+of)\s+(?:(?:the|our|my)\s+)?["“']?`;
const NAMED = new RegExp(
  String.raw`${BEFORE_NAME}(?!(?:${NO_NAME})\b)(?=(?<name>[\p{L}\d].*))`,
  'gisu',
);
const CAPABILITIES =
  /\bcapabilit(?:y|ies)\s*(?:of|:|are|is)?\s*(?<list>[\w./ -]+?(?:\s*(?:,|\band\b|&)\s*[\w./-]+(?: [\w./-]+)*?)*)(?=\s+(?:at|for|priced|costing|costs?|with)\b|[.;!?]|$)/i;
const PRICE = new RegExp(
  String.raw`(?:\b(?:at|for|priced(?:\s+at)?|costs?|costing|price(?:\s+of)?)\s+)?\$?(?<price>\d{1,12}(?:\.\d{1,18})?)\s*(?<currency>${CURRENCIES.join('|')}|dollars?)\b`,
  'i',
);
const MODEL = new RegExp(
  String.raw`\b(?<model>${PAYMENT_MODELS.join('|').replaceAll('-', '[- ]')})\b`,
  'i',
);

/**
 * What a message asks of a registration, or undefined when it is about none.
 * @param self the name of the agent that is asked: the status of another is none of its business
 */
export function readRegistrationRequest(
  text: string,
  self?: string,
): RegistrationRequest | undefined {
  if (text.length > LONGEST) return undefined;
  const status = readStatus(text, self);
  if (status !== undefined) return { kind: 'status', fields: { status } };
  return REGISTER.test(text) ? { kind: 'register', fields: readFields(text) } : undefined;
}

function readStatus(text: string, self?: string): string | undefined {
  if (!ABOUT.test(text) || namesAnother(text, self)) return undefined;
  const named = SET_STATUS.exec(text)?.groups?.['status']?.toLowerCase();
  return named ?? DONE_WITH.find(([pattern]) => pattern.test(text))?.[1];
}

function namesAnother(text: string, self?: string): boolean {
  return [...text.matchAll(NAMED)].some(({ groups }) => !beginsWith(groups?.['name'] ?? '', self));
}

// "Maya Two" is not "Maya".
function beginsWith(text: string, name?: string): boolean {
  if (name === undefined || !text.toLowerCase().startsWith(name.toLowerCase())) return false;
  return !/^(?:[\p{L}\d_-]|\s+["“']?[\p{Lu}\d])/u.test(text.slice(name.length));
}

function readFields(text: string): Record<string, string> {
  const list = CAPABILITIES.exec(text)?.groups?.['list'];
  const { price, currency = '' } = PRICE.exec(text)?.groups ?? {};
  const model = MODEL.exec(text)?.groups?.['model'];
  return {
    ...(list === undefined ? {} : { capabilities: splitList(list).join(', ') }),
    ...(price === undefined ? {} : { basePrice: price, currency: currencyOf(currency) }),
    ...(model === undefined ? {} : { paymentModel: model.toLowerCase().replace(' ', '-') }),
  };
}

function currencyOf(word: string): string {
  const named = CURRENCIES.find((currency) => currency.toLowerCase() === word.toLowerCase());
  return named ?? 'USD';
}
