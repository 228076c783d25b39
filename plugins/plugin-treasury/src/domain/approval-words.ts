import type { Approval } from './approval.ts';

/** A request as the person who decides reads it. */
export function describeRequest(approval: Approval): string {
  return `${approval.id}: ${approval.summary}. Asked by ${approval.requester}, waits until ${moment(approval.expiresAtMs)}.`;
}

/** What to say after a request was made. */
export function announceRequest(approval: Approval): string {
  return `This needs the ${approval.minimumRole}'s approval. ${describeRequest(approval)} To approve it, the ${approval.minimumRole} writes: /approve ${approval.id}`;
}

/** All that waits, one request a line. */
export function describeRequests(approvals: readonly Approval[]): string {
  if (approvals.length === 0) return 'Nothing waits for an approval.';
  return [...approvals.map(describeRequest), 'Write /approve ID or /decline ID.'].join('\n');
}

function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
