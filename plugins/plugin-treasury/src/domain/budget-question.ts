// What people ask about the company's own money, and what only sounds like it: a text about
// budgeting, somebody else's budget, a broken budget page.

const LONGEST_QUESTION = 200;
const OTHER_WORK =
  /\b(write|draft|compose|translate|explain|summari[sz]e|article|blog|essay|email|e-mail|letter|code|script|function|page|website|app|error|bug|throws?|test|template|spreadsheet|excel|client'?s?|customer'?s?|competitor'?s?|marketing|advertis\w+|household|wedding|should|would|could we|set|raise|lower|increase|reduce|change)\b/i;

const WHO = String.raw`(?:we|you|i|they|the company|the organi[sz]ation|the agents?|our agents?|agent \w+|(?!it\b|that\b|this\b|people\b)\w+)`;
const OUR = String.raw`(?:the |our |my |your )?(?:(?:current|remaining|llm|model|models|akash|gas|tools|ai|monthly|weekly|daily|total|whole) )*`;
const MONEY = String.raw`(?:budget|money|credits?|allowance|spending|spend|funds)`;

const QUESTIONS = [
  // how much of our budget is left; how much budget do we have
  String.raw`how much (?:of )?${OUR}${MONEY} (?:is|are|was|were|do|did|does|has|have)\b.*\b(?:left|remain|remains|remaining|have|used|spent|gone)\b`,
  String.raw`how much (?:of )?${OUR}${MONEY} (?:is )?(?:left|remaining|remains)\b`,
  String.raw`how much (?:is|do we have|have we got|have we) left\b.*\b(?:budget|spend|month|week|today)\b`,
  // how much have we spent; what did Zara spend this week
  String.raw`how much (?:money )?(?:have|has|did|do|does) ${WHO} (?:already |really |actually )?(?:spen[dt]|cost|used? up)\b`,
  String.raw`how much (?:money )?(?:was|has been|is being|is) spent\b`,
  String.raw`what (?:have|has|did|do) ${WHO} (?:already )?(?:spen[dt]|pay|paid)\b`,
  String.raw`what (?:was|has been|is) (?:the )?(?:money )?spent\b`,
  // where did the money go; are we over budget
  String.raw`where (?:did|does|has|is) (?:all )?(?:the |our )?(?:money|budget) (?:go|gone|going|went)\b`,
  String.raw`are we (?:still )?(?:over|within|under|inside|on|near|close to) (?:the |our )?budget\b`,
  // what is left of the budget; what is our budget
  String.raw`what(?:'s| is| are) (?:left|remaining) (?:of|in|from) ${OUR}${MONEY}\b`,
  String.raw`what(?:'s| is| are) ${OUR}(?:budget|spending|costs|expenses)(?: (?:left|status|now|so far|today|this (?:week|month)|right now|at the moment))*$`,
  String.raw`how(?:'s| is| are) ${OUR}(?:budget|spending|costs|expenses)(?: (?:doing|looking|now|today))*$`,
  // show me the budget; budget status; budget
  String.raw`(?:please )?(?:show|give|tell|get)(?: me| us)? ${OUR}(?:budget|spending|costs|expenses)(?: (?:status|summary|report|overview|figures|left|so far|today|this (?:week|month)|please))*$`,
  String.raw`${OUR}(?:budget|spending)(?: (?:status|summary|report|overview|left|so far|today|this (?:week|month)|please))*$`,
].map(
  (source) =>
    new RegExp(
      String.raw`^(?:(?:hey|hi|hello|so|and|please|can you tell me|could you tell me|tell me|do you know)[,:]? )*${source}`,
      'i',
    ),
);

/** Whether a message asks what the company has spent or may still spend. */
export function asksForBudget(text: string): boolean {
  const question = text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[\s.!?]+$/, '');
  if (question.length > LONGEST_QUESTION || OTHER_WORK.test(question)) return false;
  return QUESTIONS.some((words) => words.test(question));
}
