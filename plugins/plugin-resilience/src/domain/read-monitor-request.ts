const LONGEST_QUESTION = 200;

const OURS = String.raw`(?:(?:the|our|your|my|company'?s?|overall|current|measured) )*`;
const SUBJECT = String.raw`(?:resilience|resiliency|dependency risk|platform dependency risk|(?:offline )?sync rate|(?:cross[- ]community )?redundancy|risk of failure)`;
const WHEN = String.raw`(?: (?:now|today|right now|at the moment|currently|status|report|state|metrics|figures|numbers))*`;
const MORE = String.raw`(?:(?:,| and) .{1,100})?`;
const QUESTIONS = [
  String.raw`(?:monitor|measure|check|assess|review|report|show|show me|tell me|give me|look at|watch) (?:on )?${OURS}${SUBJECT}${WHEN}${MORE}`,
  String.raw`(?:what(?:'s| is| are)|how (?:good|high|bad|low) (?:is|are)|how(?:'s| is)) ${OURS}${SUBJECT}${WHEN}`,
  String.raw`how resilient are we${WHEN}`,
  String.raw`how (?:dependent|reliant) are we(?: on .{1,80})?${WHEN}`,
  String.raw`(?:is|are) (?:our |the )?(?:network|sync|synchronisation|synchronization|system|systems) degraded${WHEN}`,
  String.raw`which of our (?:providers|suppliers) (?:has|have) no (?:replacement|substitute|alternative)`,
  String.raw`${OURS}${SUBJECT} (?:report|status|metrics|figures)`,
].map((source) => new RegExp(`^${source}$`, 'i'));

/** Whether a message plainly asks how resilient the company is. */
export function asksForResilience(text: string): boolean {
  if (text.length > LONGEST_QUESTION) return false;
  const question = text
    .trim()
    .replaceAll('’', "'")
    .replace(/\s+/g, ' ')
    .replace(/[\s.!?]+$/, '')
    .replace(
      /^(?:(?:hey|hi|hello|so|and|please|now)[,:]? |(?:can|could|would) you (?:please )?)+/i,
      '',
    )
    .replace(/,? (?:please|thanks)$/i, '');
  return QUESTIONS.some((words) => words.test(question));
}
