export interface DeploymentId {
  readonly owner: string;
  /** Unsigned 64-bit number as text. */
  readonly dseq: string;
}

export interface GroupId extends DeploymentId {
  readonly gseq: number;
}

export interface OrderId extends GroupId {
  readonly oseq: number;
}

/** Of a bid, and of the lease that comes of it. */
export interface BidId extends OrderId {
  readonly provider: string;
  readonly bseq: number;
}

/** Key of records, in the order of their numbers. */
export function deploymentKey({ owner, dseq }: DeploymentId): string {
  return `${owner}/${dseq.padStart(20, '0')}/`;
}

export function groupKey(id: GroupId): string {
  return `${deploymentKey(id)}${padded(id.gseq)}/`;
}

export function orderKey(id: OrderId): string {
  return `${groupKey(id)}${padded(id.oseq)}/`;
}

export function bidKey(id: BidId): string {
  return `${orderKey(id)}${id.provider}/${padded(id.bseq)}/`;
}

/** `owner/dseq`, which names a deployment's escrow account. */
export function deploymentXid({ owner, dseq }: DeploymentId): string {
  return `${owner}/${dseq}`;
}

/** `gseq/oseq/provider/bseq`, which names a lease's payment within its deployment's account. */
export function paymentXid({ gseq, oseq, provider, bseq }: BidId): string {
  return `${String(gseq)}/${String(oseq)}/${provider}/${String(bseq)}`;
}

function padded(number: number): string {
  return String(number).padStart(10, '0');
}
