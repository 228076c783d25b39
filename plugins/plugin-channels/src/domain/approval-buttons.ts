/** A button below a message. */
export interface Button {
  readonly label: string;
  /** What the platform sends back when it is pressed, at most 64 bytes. */
  readonly data: string;
}

/** What a pressed button decides. */
export interface PressedDecision {
  readonly verdict: 'approve' | 'decline';
  readonly id: string;
}

const ID = /\b[0-9A-HJKMNP-TV-Z]\d[0-9A-HJKMNP-TV-Z]{2}\d[0-9A-HJKMNP-TV-Z]{3}\b/g;
const MOST_IDS = 5;

/** The ids of requests that a text may be about, at most five. */
export function idsIn(text: string): string[] {
  return [...new Set(text.match(ID))].slice(0, MOST_IDS);
}

/** A request that waits, as far as its buttons need it. */
export interface WaitingRequest {
  readonly id: string;
  readonly summary: string;
}

/**
 * A text with what each request in it is for, in the request's own words, where it asks to approve it
 * and does not say so; and the requests that it then presents. Buttons under other words would let
 * those stand for what is approved.
 */
export function presentRequests(
  text: string,
  waiting: readonly WaitingRequest[],
): { text: string; presented: readonly WaitingRequest[] } {
  const unsaid = waiting.filter(
    ({ id, summary }) => !text.includes(summary) && text.includes(`/approve ${id}`),
  );
  const lines = unsaid.map(({ id, summary }) => `${id}: ${summary}.`);
  const whole = [text, ...lines].join('\n\n');
  return { text: whole, presented: waiting.filter(({ summary }) => whole.includes(summary)) };
}

/** The two buttons of a request. */
export function decisionButtons(id: string): Button[] {
  return [
    { label: `Approve ${id}`, data: `371:approve:${id}` },
    { label: `Decline ${id}`, data: `371:decline:${id}` },
  ];
}

/** What a pressed button decides, or undefined when it is none of ours. */
export function readPressed(data: string): PressedDecision | undefined {
  const { verdict, id } =
    /^371:(?<verdict>approve|decline):(?<id>[0-9A-Z]{8})$/.exec(data)?.groups ?? {};
  return (verdict === 'approve' || verdict === 'decline') && id ? { verdict, id } : undefined;
}
