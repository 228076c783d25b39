import type { AgentRecord } from './agent-record.ts';
import { isWorking } from './agent-state.ts';

/** Where an agent works now. */
export interface Workplace {
  readonly name: string;
  readonly role: string;
  /** On this machine, on another one with a process of the company, or on Akash. */
  readonly kind: 'here' | 'elsewhere' | 'akash';
  /** The host's name, or the address of the provider on Akash. */
  readonly place: string;
  /** Where that is, as the provider says; undefined when it is not known. */
  readonly region: string | undefined;
  /** The deployment of one on Akash. */
  readonly deploymentId: string | undefined;
}

/** A process that gave a sign of life for an agent a short while ago. */
export interface AgentSign {
  readonly agent: string;
  readonly host: string;
  readonly machine: string;
}

/** This process, and the machine that it runs on. */
export interface Here {
  readonly processId: string;
  readonly host: string;
  readonly machine: string;
}

/** Where those agents work that take tasks. One that nobody is seen to run works nowhere. */
export function workplacesOf(
  agents: readonly AgentRecord[],
  signs: readonly AgentSign[],
  here: Here,
): Workplace[] {
  return agents
    .filter(({ state }) => isWorking(state))
    .flatMap((agent) => {
      const sign = signs.find((known) => known.agent === agent.name);
      return (agent.hosting === 'akash' ? onAkash(agent) : inProcess(agent, sign, here)) ?? [];
    });
}

function onAkash({ name, role, placement }: AgentRecord): Workplace | undefined {
  if (!placement) return undefined;
  const { provider, region, deploymentId } = placement;
  return { name, role, kind: 'akash', place: provider, region, deploymentId };
}

function inProcess(
  { name, role, host }: AgentRecord,
  sign: AgentSign | undefined,
  here: Here,
): Workplace | undefined {
  const nowhere = { region: undefined, deploymentId: undefined };
  if (host === here.processId || sign?.machine === here.machine)
    return { name, role, kind: 'here', place: here.host, ...nowhere };
  return sign && { name, role, kind: 'elsewhere', place: sign.host, ...nowhere };
}
