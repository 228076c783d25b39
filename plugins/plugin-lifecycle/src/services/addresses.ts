import { isDeepStrictEqual } from 'node:util';
import {
  goesOn,
  type AgentPlacement,
  type AgentRecord,
  type AgentRegistration,
} from '../domain/agent-record.ts';
import { isWorking } from '../domain/agent-state.ts';
import type { Hosting } from '../ports/hosting.ts';
import type { IdentityBook } from '../ports/identity-book.ts';
import { findAgent, listAgents, noteAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import { listHostedInstances } from '../store/hosted-store.ts';
import { placesOf } from './hosted-instances.ts';
import { placementOf } from './placement-of.ts';

export interface AddressesComponents {
  readonly database: Database;
  readonly hosting: Pick<Hosting, 'find' | 'answers'>;
  readonly identities: Pick<IdentityBook, 'keepAt'>;
  readonly log: (problem: string, error: unknown) => void;
}

/**
 * Keeps what is said of hosted agents at where they are: after a move, and when they have no place or
 * one again. May look at any time, and again.
 */
export class Addresses {
  readonly #components: AddressesComponents;

  constructor(components: AddressesComponents) {
    this.#components = components;
  }

  /** Looks at all that take tasks, without waiting for what is published. */
  async goOn(): Promise<void> {
    const { database, log } = this.#components;
    for (const agent of await listAgents(database))
      try {
        if (agent.hosting === 'akash' && isWorking(agent.state)) await this.keep(agent);
      } catch (error) {
        // The others are looked after all the same; this one next time.
        log(`the address of ${agent.name} could not be looked after`, error);
      }
  }

  /** Its registration once that says where it is; undefined while it moves, or that is being published. */
  async keep(agent: AgentRecord): Promise<AgentRegistration | undefined> {
    const { database, identities } = this.#components;
    const { id, requesterId, registration: known, placement: before } = agent;
    const placement = goesOn(agent) ? await this.#placeOf(agent) : 'moving';
    if (placement === 'moving') return undefined;
    if (!isDeepStrictEqual(placement, before))
      await noteAgent(database, id, { placement: placement ?? null });
    if (known?.status !== 'active') return undefined;
    const registration = await identities.keepAt(id, placement, requesterId);
    if (registration && registration.cid !== known.cid) await this.#note(id, registration);
    return registration;
  }

  /** Undefined where it works nowhere; a new place counts once the agent answers there. */
  async #placeOf(agent: AgentRecord): Promise<AgentPlacement | 'moving' | undefined> {
    const { database, hosting } = this.#components;
    const { id, name, generation, placement: known } = agent;
    const places = placesOf(agent, await listHostedInstances(database, id));
    const first = places.find(({ index }) => index === 0);
    if (!first) return undefined;
    if (first.state !== 'ready' || first.deploymentId === undefined) return 'moving';
    const place = await hosting.find(first.deploymentId);
    if (typeof place !== 'object') return place;
    const placement = placementOf(place);
    if (isDeepStrictEqual(placement, known)) return placement;
    return (await hosting.answers({ id, name, generation }, place)) ? placement : 'moving';
  }

  // Whoever ends it meanwhile has the last word.
  async #note(id: string, registration: AgentRegistration): Promise<void> {
    const { database } = this.#components;
    const now = await findAgent(database, id);
    if (now && goesOn(now)) await noteAgent(database, id, { registration });
  }
}
