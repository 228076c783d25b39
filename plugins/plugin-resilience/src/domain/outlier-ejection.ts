/** When an endpoint that fails is left out, after Envoy's outlier detection. Durations are milliseconds. */
export interface EjectionPolicy {
  /** So many failures in a row eject. */
  readonly failuresInARow: number;
  /** How long for the first time; the second time twice as long, and so on. */
  readonly baseEjectionMs: number;
  readonly longestEjectionMs: number;
  /** How much of all endpoints may be ejected at once, 0 to 1; one may be in any case. */
  readonly ejectedFraction: number;
}

export const EJECTION_POLICY: EjectionPolicy = {
  failuresInARow: 5,
  baseEjectionMs: 30_000,
  longestEjectionMs: 300_000,
  ejectedFraction: 0.1,
};

/** What is known of one endpoint. Moments are milliseconds of one clock. */
export interface EndpointRecord {
  readonly failuresInARow: number;
  /** How often it was ejected of late; one less for each base time that it has done well since. */
  readonly ejections: number;
  /** Undefined when it is not ejected. */
  readonly ejectedUntilMs: number | undefined;
  readonly changedAtMs: number;
}

export type EndpointRecords = ReadonlyMap<string, EndpointRecord>;

export interface EndpointOutcome {
  readonly name: string;
  /** Undefined when nothing can be said of it, since nobody could be reached. */
  readonly isWell: boolean | undefined;
}

/** What is known of the endpoints after one look at each of them. Those without an outcome are forgotten. */
export function noteOutcomes(
  before: EndpointRecords,
  outcomes: readonly EndpointOutcome[],
  atMs: number,
  policy: EjectionPolicy = EJECTION_POLICY,
): EndpointRecords {
  const after = new Map<string, EndpointRecord>();
  for (const { name, isWell } of outcomes) {
    const known = returned(before.get(name), atMs);
    if (isWell === undefined) after.set(name, known);
    else after.set(name, isWell ? succeeded(known, atMs, policy) : failed(known));
  }
  const most = Math.max(1, Math.floor(after.size * policy.ejectedFraction));
  for (const [name, record] of after)
    if (isOutlier(record, policy) && countEjected(after) < most)
      after.set(name, ejected(record, atMs, policy));
  return after;
}

export function isEjected(record: EndpointRecord | undefined): boolean {
  return record?.ejectedUntilMs !== undefined;
}

function returned(record: EndpointRecord | undefined, atMs: number): EndpointRecord {
  if (!record)
    return { failuresInARow: 0, ejections: 0, ejectedUntilMs: undefined, changedAtMs: atMs };
  const { ejectedUntilMs } = record;
  if (ejectedUntilMs === undefined || atMs < ejectedUntilMs) return record;
  return { ...record, failuresInARow: 0, ejectedUntilMs: undefined, changedAtMs: atMs };
}

function succeeded(
  record: EndpointRecord,
  atMs: number,
  { baseEjectionMs }: EjectionPolicy,
): EndpointRecord {
  const well = { ...record, failuresInARow: 0 };
  const isForgiven = !isEjected(record) && atMs - record.changedAtMs >= baseEjectionMs;
  if (record.ejections === 0 || !isForgiven) return well;
  return { ...well, ejections: record.ejections - 1, changedAtMs: atMs };
}

function failed(record: EndpointRecord): EndpointRecord {
  return isEjected(record) ? record : { ...record, failuresInARow: record.failuresInARow + 1 };
}

function isOutlier(record: EndpointRecord, policy: EjectionPolicy): boolean {
  return !isEjected(record) && record.failuresInARow >= policy.failuresInARow;
}

function ejected(record: EndpointRecord, atMs: number, policy: EjectionPolicy): EndpointRecord {
  const ejections = record.ejections + 1;
  const forMs = Math.min(policy.baseEjectionMs * ejections, policy.longestEjectionMs);
  return { ...record, ejections, ejectedUntilMs: atMs + forMs, changedAtMs: atMs };
}

function countEjected(records: EndpointRecords): number {
  return [...records.values()].filter(isEjected).length;
}
