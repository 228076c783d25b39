import { every } from '@371os/kernel';
import type { AgentProfile, DirectoryEntry } from '@371os/plugin-router';
import type { OwnAgents } from '../domain/mesh/agent-names.ts';
import type { PeerAgent } from '../domain/mesh/hello.ts';
import type { NodeStore } from '../store/node-store.ts';

export interface OwnStaffInit {
  /** The agents of this process. */
  readonly here: () => readonly AgentProfile[];
  /** All that the front desk knows; undefined while it is not in this process. */
  readonly directory: () => Promise<readonly DirectoryEntry[] | undefined>;
  /** Where the front desk leaves that for a leader in another process. */
  readonly store: Pick<NodeStore, 'saveStaff' | 'staff'>;
  readonly isLeading: () => boolean;
  /** Names of those that other nodes offer. */
  readonly foreign: () => ReadonlySet<string>;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  readonly onError: (error: unknown) => void;
}

const LOOK_MS = 3_000;
// By then all agents of a process have started.
const SETTLED_MS = 60_000;
const MOST_OFFERED = 200;

/** The agents of this node, as it offers them to others. */
export class OwnStaff {
  readonly #init: OwnStaffInit;
  readonly #beganMs: number;
  #elsewhere: readonly PeerAgent[] = [];
  #end: (() => void) | undefined;

  constructor(init: OwnStaffInit) {
    this.#init = init;
    this.#beganMs = init.elapsedMs();
  }

  start(): void {
    this.#end ??= every(LOOK_MS, () => this.look(), this.#init.onError);
  }

  stop(): void {
    this.#end?.();
    this.#end = undefined;
  }

  agents(): PeerAgent[] {
    const here = this.#init.here().map((profile) => offered(profile));
    const names = new Set(here.map(({ name }) => name));
    return [...here, ...this.#elsewhere.filter(({ name }) => !names.has(name))].slice(
      0,
      MOST_OFFERED,
    );
  }

  own(): OwnAgents {
    const agents = this.agents();
    return {
      names: new Set(agents.map(({ name }) => name)),
      roles: new Set(agents.filter(({ isThere }) => isThere).map(({ role }) => role)),
    };
  }

  /** Whether one of that name works for this node; undefined while more may come. */
  has(agent: string): boolean | undefined {
    if (this.agents().some(({ name }) => name === agent)) return true;
    return this.#init.elapsedMs() - this.#beganMs > SETTLED_MS ? false : undefined;
  }

  /** Looks at once. */
  async look(): Promise<void> {
    const { directory, store, isLeading } = this.#init;
    const foreign = this.#init.foreign();
    const entries = await directory();
    if (!entries) {
      this.#elsewhere = await store.staff();
      return;
    }
    this.#elsewhere = entries
      .filter(({ name }) => !foreign.has(name))
      .map(({ health, load, ...entry }) =>
        offered({ ...entry, isThere: health.isThere, concurrency: load.concurrency }),
      );
    if (!isLeading()) await store.saveStaff(this.agents());
  }
}

function offered(
  profile: Pick<
    AgentProfile,
    'name' | 'role' | 'examples' | 'capabilities' | 'concurrency' | 'isThere'
  >,
): PeerAgent {
  const short = (text: string, most: number): string => text.slice(0, most).toWellFormed();
  const { name, role, examples, capabilities, concurrency, isThere } = profile;
  return {
    ...{ name: short(name, 100), role: short(role, 200), concurrency, isThere },
    examples: examples.slice(0, 50).map((text) => short(text, 500)),
    capabilities: capabilities.slice(0, 100).map((text) => short(text, 200)),
  };
}
