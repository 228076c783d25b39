import { AUXILIARIES, DETERMINERS, SUBJECTS, SUBORDINATORS } from './request-words.ts';
import type { Relation } from './grammar.ts';
import type { Token } from './tokens.ts';

// Function words that English does not have: German, Dutch, French, Spanish, Portuguese, Italian.
const FOREIGN_WORDS = new Set(
  `der das den dem ein eine einen einem und oder nicht wir ich sie ist sind wie bitte mit für auf auch
  dann danach wenn falls ob zum zur unsere unser unseren unserem het een van wij niet voor ook dan als
  le la les des du et ou un une nous vous est sont pour avec dans sur pas puis ensuite notre nos quel
  quelle combien el los las y o una nosotros es son por para con en que cómo cuánto nuestro nuestra
  nuestros después luego o os e uma nós é são com em não nosso nossa depois il lo gli di che per non
  nostro nostra poi quanto`.split(/\s+/),
);
const ENGLISH = [AUXILIARIES, DETERMINERS, SUBJECTS, SUBORDINATORS, new Set(['and', 'or', 'of'])];
// Too few words say nothing about the language.
const FEWEST_WORDS = 3;

/**
 * Whether a text is in a language other than English, in which clauses cannot be told apart by
 * words. Latin letters are judged by function words, others by themselves.
 */
export function isForeign(tokens: readonly Token[]): boolean {
  const words = tokens.filter(({ isWord }) => isWord).map(({ text }) => text);
  const letters = words.join('').match(/\p{L}/gu) ?? [];
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter));
  if (latin.length < letters.length / 2) return true;
  if (words.length < FEWEST_WORDS) return false;
  const foreign = words.filter((word) => FOREIGN_WORDS.has(word));
  const english = words.filter((word) => ENGLISH.some((set) => set.has(word)));
  return foreign.length > english.length;
}

const FOREIGN_OPENERS: readonly (readonly [Relation, RegExp])[] = [
  [
    'sequential',
    /^(?:dann|danach|anschließend|daraufhin|luego|después|a continuación|ensuite|puis|après cela|daarna|depois|poi|その後|それから|次に|ثم|بعد ذلك)/u,
  ],
  [
    'conditional',
    /^(?:falls|wenn|andernfalls|sonst|si|sinon|se|als|もし|إذا)(?:\s|$|[^\p{Script=Latin}])/u,
  ],
];

/** How a sentence in another language begins: "Danach ...", "Si ...". */
export function foreignRelation(sentence: readonly Token[]): Relation {
  const text = sentence.map((token) => token.text).join(' ');
  return FOREIGN_OPENERS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'parallel';
}

const FOREIGN_JOINERS = new Set(
  `und dann danach außerdem anschließend sowie auch noch zudem bitte y luego después además también e
  por favor et puis ensuite aussi également s'il vous plaît en ook daarna alsjeblieft poi inoltre anche
  per depois também そして それから また その後 次に و ثم أيضا من فضلك`.split(/\s+/),
);

/** Whether a word in another language only joins, or says please. */
export function isForeignJoiner(word: string): boolean {
  return FOREIGN_JOINERS.has(word);
}
