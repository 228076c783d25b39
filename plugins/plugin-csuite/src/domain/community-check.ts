import { formatPercent, ONE, type Decimal } from './decimal.ts';
import { scoreByWordList, type WordListSentiment } from './sentiment.ts';

/** The origin's figure: a health of 0.8 or less is looked into. */
export const HEALTHY_ABOVE: Decimal = (ONE * 8n) / 10n;

/** What is known of a community. */
export interface CommunityState {
  readonly name: string;
  /** 0 to 1. */
  readonly health: Decimal;
  /** What members wrote lately. */
  readonly messages: readonly string[];
}

export interface CommunityCheck {
  readonly isWell: boolean;
  /** When to look again, milliseconds since 1970. */
  readonly recheckAtMs: number;
  readonly sentiment?: WordListSentiment | undefined;
  /** To be filed where the community's work is tracked. */
  readonly issue?: { readonly title: string; readonly body: string } | undefined;
  /** What the CEO should know. */
  readonly note?: string | undefined;
}

/** Looks at a community; one that is not well gets an issue and a note to the CEO. */
export function checkCommunity(
  state: CommunityState,
  { nowMs, recheckMs }: { nowMs: number; recheckMs: number },
): CommunityCheck {
  const recheckAtMs = nowMs + recheckMs;
  if (state.health > HEALTHY_ABOVE) return { isWell: true, recheckAtMs };
  const sentiment = scoreByWordList(state.messages);
  return {
    isWell: false,
    recheckAtMs,
    sentiment,
    issue: issueOf(state, sentiment),
    note: noteOf(state, sentiment),
  };
}

function issueOf(
  { name, health, messages }: CommunityState,
  sentiment: WordListSentiment,
): { title: string; body: string } {
  return {
    title: `${name}: health at ${formatPercent(health)}, needs attention`,
    body: [
      `Health is ${formatPercent(health)}; more than ${formatPercent(HEALTHY_ABOVE)} is well.`,
      describeSentiment(sentiment, messages.length),
      'To do: answer the members who complain, name an owner for each cause, report at the next check.',
    ].join('\n'),
  };
}

/** The word-list sentiment in a sentence. */
export function describeSentiment(sentiment: WordListSentiment, count: number): string {
  if (count === 0) return 'No messages were given, so nothing is known of the mood.';
  const { positive, neutral, negative, complaints } = sentiment;
  const score = (sentiment.scoreHundredths / 100).toFixed(2);
  const about = complaints.length === 0 ? '' : ` Complaints: ${complaints.join(', ')}.`;
  return `Mood of ${String(count)} messages by a word list, on a scale from -1 to 1: ${score} (${String(positive)} positive, ${String(neutral)} neutral, ${String(negative)} negative).${about}`;
}

function noteOf({ name, health }: CommunityState, { complaints }: WordListSentiment): string {
  const about = complaints[0] === undefined ? '' : ` Most said: ${complaints[0]}.`;
  return `${name} is at ${formatPercent(health)} health, at or under the ${formatPercent(HEALTHY_ABOVE)} line.${about}`;
}
