import type { IAgentRuntime } from '@elizaos/core';
import { formatUsd, wayTo } from '@371os/kernel';
import { akashOf, describePrice, rateOf } from '@371os/plugin-akash';
import { AkashHosting, lifecycleOf, replicaName, type Place } from '@371os/plugin-lifecycle';
import type { HostedFleet, HostedPlace, HostedSign } from '../ports/hosted-fleet.ts';

const ANSWER_MS = 3_000;
const SERVER_ERROR = 500;

/** The hosted agents in the lifecycle's records, as the Akash plugin of an agent knows their places. */
export class AkashFleet implements HostedFleet {
  readonly #runtime: IAgentRuntime;
  readonly #hosting: AkashHosting;

  /** @param runtime an agent with the plugins lifecycle and akash */
  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
    this.#hosting = new AkashHosting({ runtime, now: Date.now });
  }

  async list(): Promise<HostedSign[]> {
    const hosted = await (await lifecycleOf(this.#runtime)).hostedInstances();
    // Those that are being opened or closed are seen to by whoever does that.
    const settled = (await hosted.list()).filter(({ state }) => state === 'ready');
    const signs = await Promise.all(
      settled.map(async ({ agent, index, deploymentId }) => {
        const name = replicaName(agent, index);
        return deploymentId === undefined ? undefined : this.#signOf(name, deploymentId);
      }),
    );
    return signs.filter((sign) => sign !== undefined);
  }

  async find(deploymentId: string): Promise<HostedPlace | 'moving' | undefined> {
    const place = await this.#hosting.find(deploymentId);
    return place === undefined || place === 'moving' ? place : placeOf(place);
  }

  async askChain(deploymentId: string): Promise<void> {
    const deployments = await (await akashOf(this.#runtime)).deployments();
    await deployments.status(deploymentId);
  }

  async answers({ endpoint }: HostedPlace): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const { status, body } = await fetch(await wayTo(`${endpoint}/healthz`), { signal });
      await body?.cancel();
      return status < SERVER_ERROR;
    } catch {
      // Whatever it was, nobody has answered.
      return false;
    }
  }

  // The deployment's own record has the last place that it had, while it moves, too.
  async #signOf(agent: string, deploymentId: string): Promise<HostedSign | undefined> {
    const deployments = await (await akashOf(this.#runtime)).deployments();
    const deployment = await deployments.find(deploymentId);
    const { dseq, placements = [], maximumPico = 0n } = deployment ?? {};
    const [placement] = placements;
    if (dseq === undefined || !placement) return undefined;
    const { provider, region, endpoints } = placement;
    const noted = {
      ...{ dseq, provider, region, endpoint: endpoints[0] ?? '' },
      ...{ price: describePrice(rateOf(placements)), maximumUsd: formatUsd(maximumPico) },
    };
    return { agent, deploymentId, noted, place: await this.find(deploymentId) };
  }

  move(deploymentId: string, dseq: string): Promise<void> {
    return this.#hosting.move(deploymentId, dseq);
  }
}

function placeOf({ dseq, provider, region, endpoint, rate, monthlyPico }: Place): HostedPlace {
  const money = { price: describePrice(rate), maximumUsd: formatUsd(monthlyPico) };
  return { dseq, provider, region, endpoint, ...money };
}
