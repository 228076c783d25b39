import { parseUsd } from '@371os/kernel';
import { z } from 'zod';
import { InvalidCapError } from '../errors.ts';
import { MOST_CAP_PICO } from './cap-plan.ts';
import { CATEGORIES, ORGANISATION, SCOPES, WINDOWS, type Cap } from './caps.ts';

/** The words of a cap, as a message or a command has them. */
export type CapWords = Record<'amount', string> &
  Partial<Record<'category' | 'window' | 'scope' | 'scopeId', string>>;

const CATEGORY = String.raw`(?<category>llm|models?|language models?|ai|akash|hosting|gas|chain fees?|tools?)`;
const EVERY = String.raw`(?:per|a|an|each|every)`;
const WHOM = String.raw`(?<whom>(?:per|for (?:each|every|all|any)) (?:agent|task|user|guest)s?|for guests|for (?:the )?(?:agent|user|task|guest) [\w:.-]{1,64})`;
const AMOUNT = String.raw`(?<amount>[$-]*\s*(?:\d[\w.,]*|infinity|unlimited|a million)(?:\s*(?:usd|us dollars?|dollars?|bucks))?)`;

const REQUEST = new RegExp(
  String.raw`^(?:(?:please|can you|could you|i want to|i'd like to|let's|we should)\s+)*` +
    String.raw`(?:set|raise|increase|lower|reduce|change|cut|decrease|bump|put)\s+(?:up\s+)?(?:the\s+|our\s+|a\s+)?` +
    String.raw`(?:(?<first>daily|weekly|monthly)\s+)?(?:${CATEGORY}\s+)?(?:(?<second>daily|weekly|monthly)\s+)?` +
    String.raw`(?<noun>(?:spending |budget )?caps?|(?:spending |budget )?limits?|budget)` +
    String.raw`(?:\s+${WHOM})?\s*(?:to|at|=|of)\s*${AMOUNT}` +
    String.raw`(?:\s*(?:${EVERY}|/)\s*(?<window>day|week|month))?(?:\s+${WHOM.replace('<whom>', '<whomLast>')})?` +
    String.raw`(?:,?\s+please)?$`,
  'i',
);

/** A change of a cap that a message asks for: `raise the llm cap to 50 dollars a month`. */
export function readCapRequest(text: string): CapWords | undefined {
  const plain = text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[\s.!?]+$/, '');
  const found = REQUEST.exec(plain)?.groups;
  if (!found) return undefined;
  // A "limit" alone may be any limit, of speed or of items.
  if (/^limit/i.test(found['noun'] ?? '') && found['category'] === undefined) return undefined;
  const window = found['first'] ?? found['second'] ?? found['window'];
  return {
    amount: (found['amount'] ?? '').trim(),
    ...(found['category'] === undefined ? {} : { category: found['category'] }),
    ...(window === undefined ? {} : { window }),
    ...scopeWords(found['whom'] ?? found['whomLast']),
  };
}

function scopeWords(whom: string | undefined): Pick<CapWords, 'scope' | 'scopeId'> {
  if (whom === undefined) return {};
  if (/guests$/i.test(whom) || /(?:per|each|every|any|all) guests?$/i.test(whom))
    return { scope: 'user', scopeId: 'guest:*' };
  const each = /(?:per|each|every|all|any) (agent|task|user)s?$/i.exec(whom)?.[1];
  if (each) return { scope: each.toLowerCase(), scopeId: '*' };
  const [kind = '', id = ''] = whom.replace(/^for (?:the )?/i, '').split(' ');
  return kind.toLowerCase() === 'guest'
    ? { scope: 'user', scopeId: `guest:${id}` }
    : { scope: kind.toLowerCase(), scopeId: id };
}

/** `/cap CATEGORY AMOUNT [WINDOW]` */
export function readCapCommand(argument: string): CapWords {
  const [category = '', amount = '', window] = argument.split(/\s+/);
  return { category, amount, ...(window === undefined ? {} : { window }) };
}

const CATEGORY_NAMES: Record<string, Cap['category']> = {
  model: 'llm',
  models: 'llm',
  'language model': 'llm',
  'language models': 'llm',
  ai: 'llm',
  hosting: 'akash',
  'chain fee': 'gas',
  'chain fees': 'gas',
  tool: 'tools',
};
const WINDOW_NAMES: Record<string, Cap['window']> = {
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
};

const capWords = z.object({
  category: z
    .string()
    .default('llm')
    .transform((word) => CATEGORY_NAMES[word.toLowerCase()] ?? word.toLowerCase())
    .pipe(z.enum(CATEGORIES, 'the category is llm, akash, gas or tools')),
  window: z
    .string()
    .default('month')
    .transform((word) => WINDOW_NAMES[word.toLowerCase()] ?? word.toLowerCase())
    .pipe(z.enum(WINDOWS, 'the window is day, week or month')),
  scope: z.enum(SCOPES, 'the scope is organisation, agent, user or task').default('organisation'),
  scopeId: z
    .string()
    .regex(
      /^[\w:.@-]{1,100}\*?$|^\*$/,
      'a name of letters, digits, dots, colons and dashes is expected',
    )
    .optional(),
  amount: z
    .union([z.string(), z.number()], 'the amount in US dollars is missing')
    .transform(String),
});

/**
 * The cap that words mean. The category is llm, the window a month and the scope the organisation
 * where they say nothing else.
 * @throws InvalidCapError, InvalidMoneyError
 */
export function capOf(words: unknown): Cap {
  const parsed = capWords.safeParse(words);
  if (!parsed.success)
    throw new InvalidCapError({ problem: parsed.error.issues[0]?.message ?? 'it cannot be read' });
  const { amount, scopeId, ...cap } = parsed.data;
  const limitPico = parseUsd(amount.replace(/\s*(?:us dollars?|bucks)$/i, ''));
  if (limitPico > MOST_CAP_PICO)
    throw new InvalidCapError({ problem: 'no cap may be above $1,000,000.00' });
  return { ...cap, limitPico, scopeId: idOf(cap.scope, scopeId) };
}

function idOf(scope: Cap['scope'], scopeId: string | undefined): string {
  if (scope === 'organisation') return ORGANISATION;
  if (scopeId === undefined)
    throw new InvalidCapError({ problem: `which ${scope} it is for is missing` });
  return scopeId;
}
