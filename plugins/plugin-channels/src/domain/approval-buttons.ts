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

/**
 * Whether a text says what a request is for, in the words of the request itself. Under anything else
 * a button would let other words stand for what is approved.
 */
export function saysWhatFor(text: string, request: { id: string; summary: string }): boolean {
  return text.includes(`${request.id}: ${request.summary}`);
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
