import { readApprovalId } from './approval.ts';

export interface SaidDecision {
  readonly verdict: 'approve' | 'decline';
  readonly id: string;
}

const POLITE = String.raw`(?:(?:yes|ok|okay|please|sure|fine)[,.!]?\s+)*(?:i\s+|we\s+)?(?:hereby\s+)?`;
const REQUEST = String.raw`(?:(?:the\s+)?(?:request|approval|change)\s+)?`;
const ID = String.raw`(?<id>[a-z0-9][a-z0-9-]{6,9}[a-z0-9])`;
const END = String.raw`(?:[,.!]?\s*(?:please|thanks|thank you))?\s*[.!]*`;
const APPROVE = pattern('(?:approve|grant|confirm|accept)');
const DECLINE = pattern(
  String.raw`(?:decline|reject|deny|refuse|cancel|(?:do\s+not|don'?t)\s+approve)`,
);

function pattern(verb: string): RegExp {
  return new RegExp(String.raw`^\s*${POLITE}${verb}\s+${REQUEST}${ID}${END}\s*$`, 'i');
}

/**
 * The decision that a whole message says, and nothing but the message: `approve K7QP2M3A`. What
 * else is in it, or quoted by it, decides nothing.
 */
export function readDecision(text: string): SaidDecision | undefined {
  return decisionOf('approve', APPROVE, text) ?? decisionOf('decline', DECLINE, text);
}

function decisionOf(
  verdict: SaidDecision['verdict'],
  words: RegExp,
  text: string,
): SaidDecision | undefined {
  const id = readApprovalId(words.exec(text)?.groups?.['id'] ?? '');
  return id === undefined ? undefined : { verdict, id };
}

const WAITING = String.raw`(?:open|pending|waiting|outstanding|unanswered)`;
const THINGS = String.raw`(?:approval\s+requests|approvals|requests)`;
const LISTS = [
  String.raw`^(?:please\s+)?(?:list|show(?:\s+me)?|what\s+are)\s+(?:all\s+)?(?:the\s+|my\s+|our\s+)?(?:${WAITING}\s+)?${THINGS}(?:\s+(?:that\s+are\s+)?${WAITING})?$`,
  String.raw`^(?:which|what|any|are\s+there(?:\s+any)?)\s+(?:${WAITING}\s+)?${THINGS}(?:\s+(?:are|is)(?:\s+there)?)?(?:\s+${WAITING}(?:\s+for\s+(?:me|us|my\s+approval))?)?$`,
  String.raw`^(?:what(?:'s|\s+is)|is\s+(?:there\s+)?anything)\s+(?:waiting|pending)(?:\s+for)?\s+(?:my\s+|an\s+|our\s+)?approval$`,
  String.raw`^(?:what|do\s+i\s+have\s+anything|is\s+there\s+anything|anything)(?:\s+do\s+i\s+(?:need|have))?\s+to\s+approve$`,
].map((source) => new RegExp(source, 'i'));

/** Whether a message asks what waits for an approval. */
export function asksForRequests(text: string): boolean {
  return LISTS.some((words) => words.test(bare(text)));
}

const EXPORT = new RegExp(
  String.raw`^(?:please\s+|can\s+you\s+|could\s+you\s+)*(?:export|download|dump|send\s+me|give\s+me|get\s+me|save)\s+(?:the\s+|our\s+|my\s+)?(?:(?:whole|full|entire|usage|spending|cost)\s+)*(?:ledger|spending|cost\s+ledger|usage\s+ledger)(?:\s+(?:rows|entries))?(?:\s+(?:for|of)\s+(?:the\s+|this\s+)?(?<window>day|today|week|month))?(?:\s+(?:as|in|to|into)\s+(?:a\s+)?csv(?:\s+file)?)?$`,
  'i',
);

/** The export that a message asks for: `export the ledger of this month as csv`. */
export function readExportRequest(text: string): { window?: string } | undefined {
  const match = EXPORT.exec(bare(text));
  if (!match) return undefined;
  const window = match.groups?.['window']?.toLowerCase();
  return window === undefined ? {} : { window: window === 'today' ? 'day' : window };
}

function bare(text: string): string {
  return text
    .trim()
    .replace(/[\s.!?]+$/, '')
    .replace(/,?\s+please$/i, '')
    .replace(/\s+/g, ' ');
}
