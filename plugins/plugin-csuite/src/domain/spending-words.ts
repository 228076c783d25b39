import { formatUsd, type PicoUsd } from '@371os/kernel';
import { isoMinute } from './community-words.ts';
import { bareRequest } from './plain-text.ts';
import type { CategoryForecast, SpendingAnalysis, SpendingTotal } from './spending-analysis.ts';

const MOST_LINES = 6;
const MOST_DAYS = 7;
const LONGEST_QUESTION = 200;
const DAY_MS = 86_400_000;
const CENT: PicoUsd = 10_000_000_000n;

const MONEY = String.raw`(?:budget|money|cap|spending|spend|costs?|expenses?|burn(?: rate)?|runway)`;
const OURS = String.raw`(?:(?:the|our|my|your|current|monthly|daily|total|whole|llm|model|agents?'?s?|ai) )*`;
const TIME = String.raw`(?:(?: (?:so far|now|today|currently|left|(?:for|of|in|this|until|to|till|by|at) (?:the )?(?:end of )?(?:the |this )?(?:month|week|month's end|month end)))*)`;
const QUESTIONS = [
  String.raw`(?:analy[sz]e|break down|forecast|project|predict|extrapolate|review) ${OURS}${MONEY}(?: (?:by|per) .{1,60})?${TIME}`,
  String.raw`(?:(?:give|show|tell|get|make|prepare|do)(?: me| us)? )?(?:an? |the |our )?(?:analysis|breakdown|forecast|projection) of ${OURS}${MONEY}(?: (?:by|per) .{1,60})?${TIME}`,
  String.raw`(?:(?:give|show|tell|get|make|prepare|do)(?: me| us)? )?(?:an? |the |our )?(?:llm |model )?(?:spending|cost|costs|budget|burn) (?:analysis|forecast|projection|breakdown)${TIME}`,
  String.raw`(?:what(?:'s| is)|how (?:high|big) is|show me|tell me) ${OURS}(?:burn|burn rate|runway|forecast|costs? forecast|spending forecast)${TIME}`,
  String.raw`how (?:long|many (?:days|weeks|months)) (?:will|does|do|can|would) ${OURS}(?:budget|money|cap|credits?|funds) (?:still )?last.{0,40}`,
  String.raw`how (?:much|long|many (?:days|weeks|months)) (?:of )?(?:a )?runway (?:do we|is|have we)(?: still)?(?: have| got)?(?: left)?`,
  String.raw`how (?:fast|quickly) (?:do|are|did) (?:we|the agents|our agents) (?:spend|spending|burn|burning)(?: (?:our |the )?money)?${TIME}`,
  String.raw`(?:what|which) (?:were|are|was|is) ${OURS}(?:\w+ )?(?:most expensive|dearest|costliest) tasks?${TIME}`,
  String.raw`(?:list|show me|name|find) ${OURS}(?:\w+ )?(?:most expensive|dearest|costliest) tasks?${TIME}`,
  String.raw`which (?:of our )?tasks? (?:were|are|was|is) (?:the )?(?:most expensive|dearest|costliest)${TIME}`,
  String.raw`which tasks? (?:cost|costs) (?:us )?(?:the )?most${TIME}`,
  String.raw`(?:where|at what) will (?:we|our costs|our spending|the costs) (?:end up|be|land)(?: by| at| on)? (?:the )?(?:end of the month|month's end|month end)`,
].map((source) => new RegExp(`^${source}$`, 'i'));

/** Whether a message asks for an analysis of what the company's agents spend. */
export function asksForSpendingAnalysis(text: string): boolean {
  if (text.length > LONGEST_QUESTION) return false;
  const question = bareRequest(text);
  return QUESTIONS.some((words) => words.test(question));
}

/** The analysis in plain words, one fact a line. */
export function describeSpending(analysis: SpendingAnalysis): string {
  return [
    `Spent since ${isoMinute(analysis.monthStartMs).slice(0, 10)} UTC: ${usd(analysis.totalPico)}.`,
    ...analysis.forecasts.map((forecast) => describeForecast(forecast, analysis)),
    ...lines('By agent', analysis.byAgent),
    ...lines('By model', analysis.byModel),
    ...lines('By day', analysis.byDay.slice(-MOST_DAYS)),
    ...lines('Most expensive tasks', analysis.tasks),
    assumption(analysis),
  ].join('\n');
}

function describeForecast(forecast: CategoryForecast, { monthEndMs }: SpendingAnalysis): string {
  const { category, spentPico, burnPerDayPico, monthEndPico } = forecast;
  if (spentPico === 0n) return `${category}: nothing spent, so there is nothing to forecast.`;
  const until = isoMinute(monthEndMs - DAY_MS).slice(0, 10);
  return `${category}: ${usd(burnPerDayPico)} a day; forecast to the end of ${until}: about ${usd(monthEndPico)}.${describeRunway(forecast)}`;
}

function describeRunway({ limitPico, monthEndPico, runwayTenths }: CategoryForecast): string {
  if (limitPico === undefined || runwayTenths === undefined) return ' It has no monthly cap.';
  const days = `${String(runwayTenths / 10n)}.${String(runwayTenths % 10n)}`;
  const outcome =
    monthEndPico > limitPico
      ? 'it runs out before the month does'
      : 'it holds to the end of the month';
  return ` What is left of the ${usd(limitPico)} cap lasts ${days} days at that rate: ${outcome}.`;
}

function lines(title: string, totals: readonly SpendingTotal[]): string[] {
  if (totals.length === 0) return [];
  const shown = totals
    .slice(0, MOST_LINES + 1)
    .map(({ name, costPico, calls }) => `${name} ${usd(costPico)} (${counted(calls)})`);
  const rest = totals.length - shown.length;
  return [`${title}: ${shown.join('; ')}${rest > 0 ? `; and ${String(rest)} more` : ''}.`];
}

function assumption({ elapsedMs }: SpendingAnalysis): string {
  const days = (elapsedMs / DAY_MS).toFixed(1);
  return `Estimates assume that spending goes on as over the last ${days} days of this month. The ledger knows what the agents spend; it knows no bank account.`;
}

// An estimate to the pico-dollar would say more than is known; what is below a cent is shown whole.
function usd(amount: PicoUsd): string {
  return `$${formatUsd(amount >= CENT ? (amount / CENT) * CENT : amount)}`;
}

function counted(calls: number): string {
  return `${calls.toLocaleString('en-US')} call${calls === 1 ? '' : 's'}`;
}
