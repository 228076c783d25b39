/** That one part of a request waits for another, by their numbers in a list. */
export interface Order {
  readonly later: number;
  readonly earlier: number;
}

const KIND = String.raw`(?:step|task|part|point|item|number|no\.?|nr\.?|#)`;
const NUMBER = String.raw`(\d{1,2}|[a-h])`;
const AND = String.raw`(?:\s*(?:,|and|&|\+)\s*${KIND}?\s*${NUMBER}(?=\W|$))?`;
// "use the result of 1", "after step 2", "(needs 3)", "based on 1 and 2", "once 1 is done"
const LINK = String.raw`(?:after|once|when|from|of|with|using|uses|use|needs?|requires?|follows|based on|depending on|depends on|waits? for|as in|out of)`;
const NAMED = new RegExp(
  String.raw`\b${LINK}\s+(?:the\s+)?${KIND}\s*${NUMBER}(?=\W|$)${AND}`,
  'giu',
);
const RESULT = new RegExp(
  String.raw`\b(?:results?|outcomes?|outputs?|answers?|findings|numbers|figures|list|data)\s+(?:of|from|in)\s+${KIND}?\s*${NUMBER}(?=\W|$)${AND}`,
  'giu',
);
// A bare number counts when a mark, the end or a form of "to be" follows: "after 2 weeks" does not.
const BARE = new RegExp(
  String.raw`\b${LINK}\s+${NUMBER}(?=\s*(?:$|[,.;:)!?]|(?:is|are|was|has|and|&)\b))${AND}`,
  'giu',
);
const ABOVE = /\b(?:all (?:of )?(?:the )?above|all of (?:that|this|those|these|them))\b/i;
const PREVIOUS =
  /\b(?:the )?(?:previous (?:step|one|task|point|item|part|result)|(?:one|step|list|point|results?) (?:above|before))\b/i;

/** Which other items of its list an item names as those that it needs, by their numbers. */
export function readReferences(text: string, rank: number): number[] {
  const named = [NAMED, RESULT, BARE].flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap(([, ...numbers]) => numbers.flatMap(rankOf)),
  );
  const above = ABOVE.test(text) ? Array.from({ length: rank - 1 }, (_, index) => index + 1) : [];
  const before = PREVIOUS.test(text) ? [rank - 1] : [];
  return [...new Set([...named, ...above, ...before])].filter((other) => other > 0);
}

const ORDER = new RegExp(
  String.raw`(?:(?:please|do|start|run|begin|with|and|but|then)\s+)*${KIND}?\s*${NUMBER}\s+(?:only\s+)?(after|before|needs|depends on|waits for)\s+${KIND}?\s*${NUMBER}(?=\W|$)[\s,.;&!]*`,
  'iuy',
);

/** The orders of a line that says nothing else: "do 2 after 1, and 3 before 2". None otherwise. */
export function readOrders(line: string): Order[] {
  const orders: Order[] = [];
  const text = line.trim();
  let index = 0;
  while (index < text.length) {
    ORDER.lastIndex = index;
    const match = ORDER.exec(text);
    if (!match) return [];
    const [[left], [right]] = [rankOf(match[1]), rankOf(match[3])];
    if (left === undefined || right === undefined) return [];
    const isBefore = match[2]?.toLowerCase() === 'before';
    orders.push(isBefore ? { later: right, earlier: left } : { later: left, earlier: right });
    index = ORDER.lastIndex;
  }
  return orders;
}

function rankOf(label: string | undefined): number[] {
  if (label === undefined) return [];
  const number = Number(label);
  return [
    Number.isNaN(number) ? label.toLowerCase().charCodeAt(0) - 'a'.charCodeAt(0) + 1 : number,
  ];
}
