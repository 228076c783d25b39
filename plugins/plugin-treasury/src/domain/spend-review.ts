import { formatUsd, type PicoUsd } from '@371os/kernel';

/** A message of a conversation, oldest first. */
export interface ReviewedMessage {
  readonly author: string;
  readonly isAgent: boolean;
  readonly text: string;
}

export interface SpendReview {
  /** `hold`: it has cost too much to go on without a person. */
  readonly verdict: 'fine' | 'flag' | 'hold';
  /** Empty when it is fine. */
  readonly reason: string;
}

const LEAST_REPETITIONS = 4;
const LEAST_TURNS = 8;
const SAME_WORDS = 0.6;

/**
 * Whether a conversation costs money without getting anywhere. Looked at is what agents said since
 * a person last spoke: four messages or more that mostly repeat what was said just before, or two
 * agents that answered each other eight times or more. Below `holdPico` that is flagged, from there
 * on the task is held.
 */
export function reviewSpending(init: {
  messages: readonly ReviewedMessage[];
  costPico: PicoUsd;
  holdPico: PicoUsd;
}): SpendReview {
  const { costPico, holdPico } = init;
  const lastPerson = init.messages.findLastIndex(({ isAgent }) => !isAgent);
  const alone = init.messages.slice(lastPerson + 1);
  const pattern = repetition(alone) ?? pingPong(alone);
  if (pattern === undefined || costPico === 0n) return { verdict: 'fine', reason: '' };
  const reason = `${pattern}, and it has cost $${formatUsd(costPico)}`;
  return { verdict: costPico >= holdPico ? 'hold' : 'flag', reason };
}

function repetition(messages: readonly ReviewedMessage[]): string | undefined {
  const repeated = messages.filter(({ text }, index) =>
    messages
      .slice(Math.max(0, index - 2), index)
      .some((earlier) => similarity(text, earlier.text) >= SAME_WORDS),
  );
  return repeated.length >= LEAST_REPETITIONS
    ? `agents have repeated themselves ${String(repeated.length)} times without a person`
    : undefined;
}

function pingPong(messages: readonly ReviewedMessage[]): string | undefined {
  const alternates = messages.every(
    ({ author }, index) => index === 0 || author !== messages[index - 1]?.author,
  );
  const authors = new Set(messages.map(({ author }) => author));
  return alternates && authors.size === 2 && messages.length >= LEAST_TURNS
    ? `two agents have answered each other ${String(messages.length)} times without a person`
    : undefined;
}

/** Share of words that two texts have in common, 0 to 1. */
function similarity(left: string, right: string): number {
  const [leftWords, rightWords] = [wordsOf(left), wordsOf(right)];
  const common = [...leftWords].filter((word) => rightWords.has(word)).length;
  const all = leftWords.size + rightWords.size - common;
  return all === 0 ? 0 : common / all;
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}
