import { isDeepStrictEqual } from 'node:util';
import type { IAgentRuntime } from '@elizaos/core';
import type { Clock } from '@371os/kernel';
import {
  composeProfile,
  describeProfile,
  didOf,
  globalIdOf,
  publicationPlanSchema,
  referenceOf,
  registryOf,
  type AgentProfile,
  type CompanyAgent,
  type Published,
  type PublicationPlan,
  type RegistryAccount,
} from '@371os/plugin-registry';
import { tasksOf } from '@371os/plugin-tasks';
import type { AgentPlacement, AgentRegistration } from '../domain/agent-record.ts';
import { answeringAt, answeringNowhere } from './registered-address.ts';
import { InvalidCreationError, NotPublishedError } from '../errors/lives.ts';
import type { IdentityBook, IdentityQuote, IdentitySubject } from '../ports/identity-book.ts';

// Anvil's own: its coins are worth nothing.
const DEVNET_CHAIN_ID = 31_337;
const PUBLISH_TIMEOUT_MS = 600_000;
// A publication that failed is over; the next try is another one.
const MOST_TRIES = 5;

const NEVER = 'it was not registered';

type Publishing = Parameters<IdentityBook['publish']>[1];

/** The identity registry of the company, through the registry plugin of one of its agents. */
export class RegistryBook implements IdentityBook {
  readonly #runtime: IAgentRuntime;
  readonly #now: Clock;

  constructor(runtime: IAgentRuntime, now: Clock) {
    this.#runtime = runtime;
    this.#now = now;
  }

  async isOpen(): Promise<boolean> {
    if (!this.#runtime.hasService('registry')) return false;
    const registry = await registryOf(this.#runtime);
    return registry.hasNetwork && registry.hasWallet;
  }

  async quote({ agentId, name, character }: IdentitySubject): Promise<IdentityQuote> {
    const registry = await registryOf(this.#runtime);
    const { publications, gas } = await registry.account();
    const profile = profileOf(
      { agentId, name, character },
      registry.settings.REGISTRY_LEASE_SECONDS,
    );
    const did = didOf(agentId);
    const known = await publications.agent(did);
    const work = known?.published ? 'update' : 'register';
    const plan = await publications.plan({ did, name, profile }, work);
    return {
      publication: plan,
      lines: describeProfile(profile),
      worstPico: plan.chainId === DEVNET_CHAIN_ID ? 0n : gas.costOf(BigInt(plan.worstWei)),
    };
  }

  async publish(
    publication: Readonly<Record<string, unknown>>,
    how: Publishing,
  ): Promise<AgentRegistration> {
    return this.#carryOut(publicationPlanSchema.parse(publication), how);
  }

  async place(
    agentId: string,
    placement: AgentPlacement,
    how: Publishing,
  ): Promise<AgentRegistration> {
    const changed = await this.#changed(agentId, (profile) => answeringAt(profile, placement));
    if (!changed) throw new NotPublishedError({ name: agentId, why: NEVER });
    return this.#carryOut(changed, how);
  }

  async keepAt(
    agentId: string,
    placement: AgentPlacement | undefined,
    requesterId: string,
  ): Promise<AgentRegistration | undefined> {
    const { publications } = await this.#account();
    const known = await publications.agent(didOf(agentId));
    if (!known?.published) throw new NotPublishedError({ name: agentId, why: NEVER });
    const { did, name, published } = known;
    const { profile: before, sequence } = published;
    const profile = placement ? answeringAt(before, placement) : answeringNowhere(before);
    if (isDeepStrictEqual(profile, before)) return registrationOf(known, published);
    const id = await this.#openId(this.#followUp(agentId, sequence));
    const begun = await publications.find(id);
    // Void where something else is published first, such as that the agent has ended.
    const plan =
      begun?.plan ?? (await publications.plan({ did, name, profile }, 'update', sequence));
    await publications.beginWithin({ id, plan, requesterId });
    return undefined;
  }

  async retire(agentId: string, how: Publishing): Promise<AgentRegistration | undefined> {
    if (!(await this.isOpen())) return undefined;
    const changed = await this.#changed(agentId, ({ deployment: _gone, ...profile }) => ({
      ...profile,
      services: [],
      status: 'retired' as const,
    }));
    return changed && this.#carryOut(changed, how);
  }

  async #changed(
    agentId: string,
    change: (profile: AgentProfile) => AgentProfile,
  ): Promise<PublicationPlan | undefined> {
    const { publications } = await this.#account();
    const known = await publications.agent(didOf(agentId));
    if (!known?.published) return undefined;
    const { did, name, published } = known;
    return publications.plan({ did, name, profile: change(published.profile) }, 'update');
  }

  async #carryOut(plan: PublicationPlan, how: Publishing): Promise<AgentRegistration> {
    const { publications } = await this.#account();
    const tasks = await tasksOf(this.#runtime);
    const { requesterId, signal } = how;
    const id = await this.#openId(how.key);
    const task = await publications.beginWithin({ id, plan, requesterId });
    await tasks.waitFor(task.id, { timeoutMs: PUBLISH_TIMEOUT_MS, signal });
    const { plan: carriedOut, published, failure = '' } = await publications.get(id);
    if (!published) throw new NotPublishedError({ name: carriedOut.name, why: failure });
    return registrationOf(carriedOut, published);
  }

  // What cannot be paid today may be another day.
  #followUp(agentId: string, sequence: number): string {
    const day = new Date(this.#now()).toISOString().slice(0, 10);
    return `lifecycle-${agentId}-address-after-${String(sequence)}-${day}`;
  }

  async #openId(key: string): Promise<string> {
    const { publications } = await this.#account();
    for (let attempt = 1; ; attempt += 1) {
      const id = attempt === 1 ? key : `${key}.${String(attempt)}`;
      const found = await publications.find(id);
      if (found?.state !== 'FAILED') return id;
      if (attempt === MOST_TRIES)
        throw new NotPublishedError({ name: found.plan.name, why: found.failure ?? '' });
    }
  }

  async #account(): Promise<RegistryAccount> {
    return (await registryOf(this.#runtime)).account();
  }
}

function profileOf({ name, character }: IdentitySubject, leaseSeconds: number): AgentProfile {
  const settings = character['settings'] as Record<string, unknown> | undefined;
  const bio = character['bio'];
  const composed = composeProfile(
    {},
    {
      name,
      description: (Array.isArray(bio) ? bio.join(' ') : typeof bio === 'string' && bio) || name,
      registration: (settings?.['registration'] ?? {}) as Record<string, unknown>,
      leaseSeconds,
    },
  );
  if ('profile' in composed) return composed.profile;
  throw new InvalidCreationError({
    field: 'capabilities',
    problem: composed.questions.join(' '),
  });
}

function registrationOf(
  { chainId, registry }: Pick<CompanyAgent, 'chainId' | 'registry'>,
  published: Published,
): AgentRegistration {
  return {
    number: String(published.agentId),
    globalId: globalIdOf(referenceOf({ chainId, registry, agentId: published.agentId })),
    cid: published.cid,
    transactionHash: published.transactionHash,
    blockNumber: published.blockNumber,
    status: published.profile.status === 'retired' ? 'retired' : 'active',
  };
}
