import { z } from 'zod';
import type { AgentRecord } from './agent-record.ts';
import { isWorking } from './agent-state.ts';
import { readClaim } from './presence.ts';

/** Where an agent works now, or a replica of it. */
export interface Workplace {
  /** `NAME#1` for a replica. */
  readonly name: string;
  readonly role: string;
  /** On this machine, on another one with a process of the company, or on Akash. */
  readonly kind: 'here' | 'elsewhere' | 'akash';
  /** The host's name, or the address of the provider on Akash. */
  readonly place: string;
  /** Where that is, as the provider says, or the process; undefined when it is not known. */
  readonly region: string | undefined;
  /** Who operates a process, as it says itself. */
  readonly operator?: string | undefined;
  /** The deployment of one on Akash. */
  readonly deploymentId: string | undefined;
}

/** A process that gave a sign of life for an agent a short while ago. */
export interface AgentSign {
  /** `NAME#1` for one that works for a replica of it. */
  readonly agent: string;
  readonly host: string;
  readonly machine: string;
  readonly operator?: string | undefined;
  readonly region?: string | undefined;
  /** As of its presence: `ready` while it takes work. */
  readonly state?: string | undefined;
  /** JSON: the agent's profile as its process published it. */
  readonly profile?: string | undefined;
}

/** This process, and the machine that it runs on. */
export interface Here {
  readonly processId: string;
  readonly host: string;
  readonly machine: string;
}

/**
 * Where those agents work that take tasks, and the replicas of agents, which have no life of their own.
 * One that nobody is seen to run works nowhere.
 */
export function workplacesOf(
  agents: readonly AgentRecord[],
  signs: readonly AgentSign[],
  here: Here,
): Workplace[] {
  const own = agents
    .filter(({ state }) => isWorking(state))
    .flatMap((agent) => {
      const sign = signs.find((known) => known.agent === agent.name);
      return (agent.hosting === 'akash' ? onAkash(agent) : inProcess(agent, sign, here)) ?? [];
    });
  return [...own, ...signs.flatMap((sign) => ofReplica(sign, here) ?? [])];
}

const published = z.object({ role: z.string() });

function ofReplica(sign: AgentSign, here: Here): Workplace | undefined {
  const { agent: name, state, profile } = sign;
  if (readClaim(name).index === 0 || state !== 'ready' || profile === undefined) return undefined;
  const { success, data } = published.safeParse(JSON.parse(profile));
  return success ? inProcess({ name, role: data.role, host: undefined }, sign, here) : undefined;
}

function onAkash({ name, role, placement }: AgentRecord): Workplace | undefined {
  if (!placement) return undefined;
  const { provider, region, deploymentId } = placement;
  return { name, role, kind: 'akash', place: provider, region, deploymentId };
}

function inProcess(
  { name, role, host }: Pick<AgentRecord, 'name' | 'role' | 'host'>,
  sign: AgentSign | undefined,
  here: Here,
): Workplace | undefined {
  const unleased = { deploymentId: undefined };
  if (host === here.processId || sign?.machine === here.machine)
    return { name, role, kind: 'here', place: here.host, region: undefined, ...unleased };
  if (!sign) return undefined;
  const { host: place, operator, region } = sign;
  return { name, role, kind: 'elsewhere', place, region, operator, ...unleased };
}
