import { divideUp, type PicoUsd } from '@371os/kernel';

/** What is known of an agent before it has done anything. */
export interface AgentProfile {
  /** Unique in the company. */
  readonly name: string;
  /** The department whose work it does, such as CFO. */
  readonly role: string;
  /** Requests that it takes, in people's words. */
  readonly examples: readonly string[];
  /** What it says it can do, a few words each. */
  readonly capabilities: readonly string[];
  /** How many tasks it does at once, 1 or more. */
  readonly concurrency: number;
  /** Whether it can be given something now. */
  readonly isThere: boolean;
  /** Whether its source takes its tasks while it is not there, too, and keeps them for it. */
  readonly isKeptFor?: boolean | undefined;
  /** Whether what it is told stays on this machine. */
  readonly isLocal: boolean;
  /** Whether another process does its tasks: this one only puts them into its queue. */
  readonly isElsewhere?: boolean | undefined;
  /** What it states that a task costs. */
  readonly statedRatePico?: PicoUsd | undefined;
}

/** What became of an agent's newest tasks. */
export interface TrackRecord {
  /** How many it works on or could begin now. */
  readonly open: number;
  readonly completed: number;
  /** What those that it completed have cost together. */
  readonly costPico: PicoUsd;
  /** Attempts that failed, time-outs included, since it last answered. */
  readonly failuresInARow: number;
  /** Milliseconds since 1970. */
  readonly lastFailedAt?: number | undefined;
}

/** What a task of an agent costs, and how that is known. */
export interface Rate {
  readonly picoPerTask: PicoUsd;
  readonly basis: string;
}

/** An agent that requests can be handed to, and how it stands now. */
export interface DirectoryEntry extends Pick<
  AgentProfile,
  'name' | 'role' | 'examples' | 'capabilities' | 'isLocal' | 'isElsewhere'
> {
  /** Undefined when nothing is known. */
  readonly rate: Rate | undefined;
  readonly load: { readonly open: number; readonly concurrency: number };
  readonly health: {
    readonly isThere: boolean;
    readonly failuresInARow: number;
    readonly lastFailedAt?: number | undefined;
  };
}

/** An agent as it says of itself and as its tasks tell. */
export function entryOf(profile: AgentProfile, record: TrackRecord): DirectoryEntry {
  const { name, role, examples, capabilities, isLocal, isElsewhere, isThere, concurrency } =
    profile;
  const { failuresInARow, lastFailedAt, open } = record;
  return {
    name,
    role,
    examples,
    capabilities,
    isLocal,
    isElsewhere,
    rate: rateOf(profile, record),
    load: { open, concurrency },
    health: { isThere, failuresInARow, lastFailedAt },
  };
}

// What its tasks have cost tells more than what it says they do.
function rateOf(
  { statedRatePico }: AgentProfile,
  { completed, costPico }: TrackRecord,
): Rate | undefined {
  if (completed > 0)
    return {
      picoPerTask: divideUp(costPico, BigInt(completed)),
      basis: completed === 1 ? 'its last task' : `its last ${String(completed)} tasks`,
    };
  return statedRatePico === undefined
    ? undefined
    : { picoPerTask: statedRatePico, basis: 'as it states' };
}
