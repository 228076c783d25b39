import { setTimeout as pause } from 'node:timers/promises';
import type { IAgentRuntime } from '@elizaos/core';
import { CompanyClient } from '@371os/client';
import { agentSettings, formatUsd, wayTo, type Clock } from '@371os/kernel';
import {
  akashOf,
  deploymentIdOf,
  describePlan,
  maximumOfPlan,
  rateOf,
  type Deployment,
  type Deployments,
  type Json,
} from '@371os/plugin-akash';
import { TaskNotEndedError, tasksOf, type Task } from '@371os/plugin-tasks';
import { hostedEnvironment } from '../domain/hosted-environment.ts';
import { HostingFailedError, HostingUnfinishedError } from '../errors/hosting.ts';
import { hostingSettings, type HostingSettings } from '../settings/hosting.ts';
import type {
  Closed,
  HostedAgent,
  Hosting,
  HostingQuote,
  HostingWishes,
  Place,
  ProvisionOptions,
} from '../ports/hosting.ts';
import { tokensFrom, type TokenOf } from './agent-tokens.ts';

/** Of the container: its Dockerfile says the same. */
const AGENT_PORT = 3710;
// Measured on Node 24: one agent has 0.7 GB of memory of its own and 1.1 GB while it starts, takes 14 s
// of CPU time to its first answer, and 30 MB of storage.
const CPU = '0.5';
const MEMORY = '1536Mi';
const STORAGE = '2Gi';
const POLL_MS = 500;
const ANSWER_MS = 5_000;

export interface AkashHostingInit {
  /** An agent with the plugins akash and tasks. */
  readonly runtime: IAgentRuntime;
  readonly now: Clock;
}

/** Hosts agents as deployments on Akash. */
export class AkashHosting implements Hosting {
  readonly #runtime: IAgentRuntime;
  readonly #now: Clock;
  #settings: HostingSettings | undefined;

  constructor({ runtime, now }: AkashHostingInit) {
    this.#runtime = runtime;
    this.#now = now;
  }

  /** @throws NoHostingSecretError, NoAkashNetworkError, InvalidSpecError, InvalidSettingError */
  async quote(agent: HostedAgent, wishes: HostingWishes): Promise<HostingQuote> {
    const { settings } = this;
    // Said before anybody approves what cannot be carried out.
    this.#tokens()(agent);
    await this.#deployments();
    const akash = await akashOf(this.#runtime);
    const planned = await akash.planner.plan({
      fields: {
        dockerImage: settings.LIFECYCLE_AGENT_IMAGE,
        ...{ cpu: wishes.cpu ?? CPU, memory: wishes.memory ?? MEMORY },
        ...{ storage: wishes.storage ?? STORAGE, ports: `${String(AGENT_PORT)}/http` },
        maxCost: wishes.maxMonthlyUsd ?? formatUsd(settings.LIFECYCLE_HOSTING_MAX_USD),
        regions: wishes.regions,
        environment: hostedEnvironment(agent, {
          environment: settings.LIFECYCLE_HOSTED_ENVIRONMENT,
          taskPico: settings.LIFECYCLE_HOSTED_TASK_USD,
        }),
      },
    });
    const [, ...lines] = describePlan(planned).split('\n');
    return {
      monthlyPico: maximumOfPlan(planned.plan),
      lines: lines.map((line) => line.replace(/^- /, '')),
      plan: planned.plan as Json,
    };
  }

  /** @throws HostingFailedError, HostingUnfinishedError, or what the signal was aborted with */
  async provision(agent: HostedAgent, plan: Json, options: ProvisionOptions): Promise<Place> {
    const { key, requesterId, roomId, signal, onProgress } = options;
    const deadlineMs = this.#now() + this.settings.LIFECYCLE_HOSTING_TIMEOUT_MS;
    const id = deploymentIdOf(key);
    const akash = await akashOf(this.#runtime);
    const deployments = await akash.deployments();
    const unfollow = akash.followProgress(id, (words) => onProgress?.(words));
    try {
      const partOf = `agent ${agent.name}`;
      const task = await deployments.order({ key, partOf, plan, requesterId, roomId });
      const ended = await this.#ended(id, task, { deadlineMs, signal });
      await this.#placeOf(id, ended);
      onProgress?.('waiting until the agent is ready');
      return await this.#awaitReady(agent, id, { deadlineMs, signal });
    } finally {
      unfollow();
    }
  }

  async find(deploymentId: string): Promise<Place | 'moving' | undefined> {
    const deployment = await (await this.#deployments()).find(deploymentId);
    if (deployment?.state === 'DEPLOYING') return 'moving';
    return deployment?.state === 'ACTIVE' ? placeIn(deployment) : undefined;
  }

  async answers(
    agent: Pick<HostedAgent, 'id' | 'name' | 'generation'>,
    place: Place,
  ): Promise<boolean> {
    return (await problemAt(place, this.#tokens()(agent), agent.name)) === undefined;
  }

  async isVacated(deploymentId: string): Promise<boolean> {
    return (await this.#deployments()).isVacated(deploymentId);
  }

  async move(deploymentId: string, dseq: string): Promise<void> {
    const deployments = await this.#deployments();
    // Whoever is cut off would take everybody else for lost.
    await deployments.status(deploymentId);
    await deployments.replace(deploymentId, dseq);
  }

  async deploymentOf(key: string): Promise<string | undefined> {
    return (await (await this.#deployments()).find(deploymentIdOf(key)))?.id;
  }

  async logs(deploymentId: string, lines: number): Promise<readonly string[]> {
    const written = await (await this.#deployments()).logs(deploymentId, lines);
    return written.slice(-lines).map(({ message }) => message);
  }

  /** @throws HostingUnfinishedError, or what the signal was aborted with */
  async close(
    deploymentId: string,
    { signal }: { signal: AbortSignal },
  ): Promise<Closed | undefined> {
    const deployments = await this.#deployments();
    const before = await deployments.find(deploymentId);
    if (!before) return undefined;
    if (hasEnded(before)) return { refundedUact: undefined, costPico: costOf(before) };
    const { onChain: open } = await deployments.status(deploymentId);
    const deadlineMs = this.#now() + this.settings.LIFECYCLE_HOSTING_TIMEOUT_MS;
    const task = await deployments.close(deploymentId);
    const { answer } = await this.#ended(deploymentId, task, { deadlineMs, signal });
    const { deployment, onChain: after } = await deployments.status(deploymentId);
    if (!hasEnded(deployment)) throw new HostingUnfinishedError({ deploymentId, why: answer });
    const paidOut = open && after ? after.spentUact - open.spentUact : undefined;
    return {
      refundedUact: open?.isActive && paidOut !== undefined ? open.fundsUact - paidOut : undefined,
      costPico: costOf(deployment),
    };
  }

  /** @throws InvalidSettingError */
  get settings(): HostingSettings {
    return (this.#settings ??= agentSettings(hostingSettings, this.#runtime));
  }

  async #deployments(): Promise<Deployments> {
    return (await akashOf(this.#runtime)).deployments();
  }

  #tokens(): TokenOf {
    return tokensFrom(this.settings.LIFECYCLE_SECRET);
  }

  async #ended(
    deploymentId: string,
    { id }: Task,
    { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal },
  ): Promise<Task> {
    const tasks = await tasksOf(this.#runtime);
    try {
      return await tasks.waitFor(id, { timeoutMs: Math.max(1, deadlineMs - this.#now()), signal });
    } catch (error) {
      if (!(error instanceof TaskNotEndedError)) throw error;
      throw new HostingUnfinishedError({ deploymentId, why: error.message, cause: error });
    }
  }

  // What failed for good has ended; what failed too often is taken up again by whoever watches it.
  async #placeOf(deploymentId: string, { answer: why }: Pick<Task, 'answer'>): Promise<Place> {
    const place = await this.find(deploymentId);
    if (place === undefined) throw new HostingFailedError({ deploymentId, why });
    if (place === 'moving') throw new HostingUnfinishedError({ deploymentId, why });
    return place;
  }

  // A port that answers is no agent yet. It may move to another provider while we wait.
  async #awaitReady(
    agent: HostedAgent,
    deploymentId: string,
    { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal },
  ): Promise<Place> {
    const token = this.#tokens()(agent);
    for (;;) {
      const place = await this.#placeOf(deploymentId, { answer: 'It was closed meanwhile.' });
      const problem = await problemAt(place, token, agent.name);
      if (problem === undefined) return place;
      if (this.#now() > deadlineMs)
        throw new HostingUnfinishedError({
          deploymentId,
          why: 'the agent is not ready.',
          ...problem,
        });
      await pause(POLL_MS, undefined, { signal });
    }
  }
}

/** Why an agent does not take tasks where it is hosted; undefined when it does. */
async function problemAt(
  { endpoint }: Place,
  token: string,
  name: string,
): Promise<{ cause: unknown } | undefined> {
  try {
    const url = await wayTo(endpoint);
    const client = new CompanyClient({ url, token, timeoutMs: ANSWER_MS });
    const isThere = (await client.listAgents()).some((agent) => agent.name === name);
    return isThere ? undefined : { cause: undefined };
  } catch (cause) {
    return { cause };
  }
}

function placeIn({ id, dseq = '', placements, maximumPico }: Deployment): Place | undefined {
  const [placement] = placements;
  const endpoint = placement?.endpoints.find((address) => address.startsWith('http'));
  if (!placement || endpoint === undefined) return undefined;
  const { provider, region } = placement;
  const money = { monthlyPico: maximumPico, rate: rateOf(placements) };
  return { deploymentId: id, dseq, provider, region, endpoint, ...money };
}

function costOf({ rentPico, feesPico }: Deployment): bigint {
  return rentPico + feesPico;
}

function hasEnded({ state }: Deployment): boolean {
  return state === 'CLOSED' || state === 'FAILED';
}
