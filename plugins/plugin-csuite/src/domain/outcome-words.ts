import { formatUsd } from '@371os/kernel';
import { successPercent, type AgentRecord, type OutcomeReview } from './outcome-review.ts';
import { bareRequest } from './plain-text.ts';

const LONGEST_QUESTION = 200;
const MOST_LINES = 10;

const PAST = String.raw`(?:(?:the|our|all|of|last|past|finished|completed|failed|recent|this week's|this month's|\d{1,4}) )*`;
const QUESTIONS = [
  String.raw`(?:review|evaluate|assess|analy[sz]e|summari[sz]e) ${PAST}(?:outcomes?|tasks?|task outcomes?|(?:agents?'? )?(?:performance|results))(?: of ${PAST}(?:agents|tasks))?`,
  String.raw`(?:hold|do|run|make|give me) (?:an? |the )?(?:retrospective|review|evaluation)(?: (?:of|on|over) ${PAST}(?:tasks|outcomes|work))?`,
  String.raw`what (?:can|should|did|do) we learn(?:ed)? from ${PAST}(?:tasks|outcomes|work|failures)`,
  String.raw`(?:what(?:'s| is| was)|show me|tell me) (?:the |our )?(?:success|failure) rate(?: (?:of|per|by|for) ${PAST}(?:agents?|tasks?|each agent|every agent))?`,
  String.raw`(?:which|what) agents? (?:fails?|failed|succeeds?|does|do|did|performs?|performed) (?:the )?(?:most|best|worst|least)(?: often)?`,
  String.raw`why (?:do|did|are|have) ${PAST}tasks (?:fail|failed|failing)(?: so often)?`,
  String.raw`how (?:well )?(?:are|did|do|have) ${PAST}(?:agents|officers) (?:doing|do|perform|performing|performed|done)(?: (?:lately|so far|this week|this month))?`,
].map((source) => new RegExp(`^${source}$`, 'i'));

/** The review of past tasks that a message asks for: `review the last 50 tasks`. */
export function readOutcomeQuestion(text: string): { limit?: string } | undefined {
  if (text.length > LONGEST_QUESTION) return undefined;
  const question = bareRequest(text);
  if (!QUESTIONS.some((words) => words.test(question))) return undefined;
  const limit = /\b(\d{1,4}) (?:\w+ )?(?:tasks|outcomes)\b/i.exec(question)?.[1];
  return limit === undefined ? {} : { limit };
}

/** The review in plain words, suggestions last. */
export function describeOutcomes(review: OutcomeReview): string {
  if (review.tasks === 0) return 'There are no past tasks yet, so there is nothing to learn from.';
  return [
    `Of the last ${String(review.tasks)} task${review.tasks === 1 ? '' : 's'}:`,
    ...review.agents.slice(0, MOST_LINES).map(describeRecord),
    ...counted(
      'Failures',
      review.failures.map(({ reason, count }) => [reason, count]),
    ),
    ...counted(
      'Waiting for',
      review.waiting.map(({ what, count }) => [what, count]),
    ),
    ...suggestionLines(review.suggestions),
  ].join('\n');
}

function describeRecord(record: AgentRecord): string {
  const { agent, completed, failed, waiting, costPerCompletedPico } = record;
  const percent = successPercent(record);
  const rate = percent === undefined ? 'none ended' : `${String(percent)} % success`;
  const cost =
    costPerCompletedPico === undefined
      ? ''
      : `, $${formatUsd(costPerCompletedPico)} a completed task`;
  return `${agent}: ${String(completed)} completed, ${String(failed)} failed, ${String(waiting)} waiting (${rate}${cost}).`;
}

function counted(title: string, counts: readonly (readonly [string, number])[]): string[] {
  if (counts.length === 0) return [];
  const shown = counts.slice(0, MOST_LINES).map(([what, count]) => `${what} (${String(count)})`);
  return [`${title}: ${shown.join('; ')}`];
}

function suggestionLines(suggestions: readonly string[]): string[] {
  if (suggestions.length === 0) return ['No rule sees anything to change.'];
  return ['Suggestions:', ...suggestions.map((suggestion) => `- ${suggestion}`)];
}
