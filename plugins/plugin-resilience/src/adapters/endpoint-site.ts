import type { Fallbacks } from '@371os/kernel';
import type { DependencyClass } from '../domain/dependency-class.ts';
import type { Drill, DrillKind, EndpointTarget } from '../domain/drill.ts';
import type { DrillRequest } from '../domain/read-drill-request.ts';
import { DrillRefusedError } from '../errors/drills.ts';
import type { DrillSite, DrillSubject } from '../ports/drill-site.ts';
import { AskingSubject } from './asking-subject.ts';

/** Nodes that can stand in for each other, as this process asks them. */
export interface NodePool {
  readonly dependency: DependencyClass;
  /** What they serve, the word that it is asked for by first: `EVM 31337`. */
  readonly purpose: string;
  readonly nodes: Fallbacks;
  /** Where another node is configured. */
  readonly setting: string;
  /** Has them do something real that costs nothing. */
  readonly ask: () => Promise<unknown>;
}

export interface EndpointSiteInit {
  readonly pools: () => Promise<readonly NodePool[]>;
  /** Has this process do what the journal of faults says now. */
  readonly heedFaults: () => Promise<void>;
}

// What no adapter of the company has a second way to, or a way that it could cut.
const NEVER: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  database: [
    'the company has one address of its database, and nothing here leads it to another one',
    'Let a proxy or a floating address before PostgreSQL lead to a replica, and drill it there.',
  ],
  dns: [
    'names are looked up by the operating system, whose resolvers nobody here can cut off',
    'Configure a second resolver on this machine, and drill it with a firewall there.',
  ],
  registry: [
    'the identity registry is one contract, and no other could take its place',
    'Its way there is drilled with the chain that it is on.',
  ],
  region: [
    'a region is lost with all its providers, which nobody here can have happen',
    'A drill of a hosted agent shows it, when another region takes it.',
  ],
  'compute provider': [
    'what is hosted is not lost by its class',
    'Name a hosted agent, or the address of its provider.',
  ],
};

/** Nodes of chains and of IPFS that are cut off from all processes with a resilience officer. */
export class EndpointSite implements DrillSite {
  readonly type = 'endpoint';
  readonly kinds: readonly DrillKind[] = ['blackhole', 'provider gone'];
  readonly #init: EndpointSiteInit;

  constructor(init: EndpointSiteInit) {
    this.#init = init;
  }

  async plan({ target }: DrillRequest): Promise<EndpointTarget | undefined> {
    const words = target.toLowerCase();
    const never = NEVER[words];
    if (never) throw new DrillRefusedError({ reason: never[0], advice: never[1] });
    const found = (await this.#init.pools()).filter((pool) => isMeant(pool, words));
    const [only, another] = found;
    if (only && !another) return targetOf(only);
    if (!only && !isClass(words)) return undefined;
    const [reason, advice] = another
      ? [`"${target}" may be several`, `There are: ${found.map(purposeOf).join(', ')}.`]
      : [`no ${target} is configured in this process`, 'Configure it, and a second one.'];
    throw new DrillRefusedError({ reason, advice });
  }

  async open(_drill: Drill, target: EndpointTarget): Promise<DrillSubject> {
    const pools = await this.#init.pools();
    const pool = pools.find(({ purpose }) => purpose === target.purpose);
    if (!pool || targetOf(pool).origin !== target.origin)
      throw new DrillRefusedError({
        reason: `other nodes serve ${target.purpose} than when it was planned`,
        advice: 'Ask for the drill again.',
      });
    const { nodes } = pool;
    const isDrilled = (address: string): boolean => originOf(address) === target.origin;
    return new AskingSubject({
      heedFaults: this.#init.heedFaults,
      ask: async () => {
        await pool.ask();
        return nodes.answeredBy !== undefined && !isDrilled(nodes.answeredBy);
      },
      isNoticed: () =>
        nodes.addresses.some((address) => isDrilled(address) && nodes.isResting(address)),
    });
  }
}

/** @throws DrillRefusedError when nobody could stand in */
function targetOf({ dependency, purpose, nodes, setting }: NodePool): EndpointTarget {
  const [origin, ...others] = [...new Set(nodes.addresses.map(originOf))];
  if (origin !== undefined && others.length > 0)
    return { type: 'endpoint', dependency, purpose, origin, others };
  throw new DrillRefusedError({
    reason: `no other node could take the place of the one that serves ${purpose}`,
    advice: `Set ${setting} to a second one.`,
  });
}

// By its class, by what it serves, or by one of its hosts.
function isMeant({ dependency, purpose, nodes }: NodePool, words: string): boolean {
  const names = [dependency, purpose, purpose.split(' ')[0] ?? ''];
  return [...names, ...nodes.addresses.map((address) => new URL(address).hostname)].some(
    (name) => name.toLowerCase() === words,
  );
}

function isClass(words: string): boolean {
  return words === 'chain rpc' || words === 'storage';
}

function purposeOf({ purpose }: NodePool): string {
  return purpose;
}

function originOf(address: string): string {
  return new URL(address).origin;
}
