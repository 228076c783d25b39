/** What an officer's rules say, in a prompt's few words. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  CEO: [
    'DELEGATE_DIRECTIVE gives a directive to the departments whose words it has: financial, budget, quarterly to the CFO; feature, application, security, infrastructure to the CTO; marketing, campaign to the CMO; community, outreach to the CCO; anything else is noted.',
  ],
  CFO: [
    'ANALYSE_SPENDING reads burn, forecast, runway of the caps and the dearest tasks from the ledger; an estimate is named as one.',
  ],
  CLO: [
    'REVIEW_OUTCOMES reads past tasks: an agent under 50 % of at least 5 tasks, a failure that came 3 times, and 3 tasks waiting for the same thing need a change.',
  ],
  CMO_MONETIZATION: [
    "REVIEW_PRICE: when the median of competitors' prices is above 1.15 times ours, 0.9 times the median is proposed, else ours is kept.",
    'REVIEW_OFFER_ROI: what returns less than 1.2 for each unit spent is to be optimised.',
  ],
  CPO: [
    'REVIEW_ADOPTION: adoption above 0.65 promotes a feature, else a usage trend below 0.1 retires it, else it is optimised.',
  ],
  CCO: [
    'CHECK_COMMUNITY: a health of 0.8 or less needs an issue and a note to the CEO; look again in an hour.',
  ],
};

/** The rules that an office decides by; none for one that leaves it to judgement. */
export function rulesOf(role: string): readonly string[] {
  return RULES[role] ?? [];
}
