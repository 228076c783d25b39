import { inConversation, startConversation, SYSTEM } from '@371os/kernel';
import type { GatewayService } from '@371os/plugin-gateway';
import type { Drill, DrillKind, DrillPlan, ProviderTarget } from '../domain/drill.ts';
import type { DrillRequest } from '../domain/read-drill-request.ts';
import { DrillRefusedError } from '../errors/drills.ts';
import type { DrillSite, DrillSubject, FaultSight } from '../ports/drill-site.ts';

/** The gateway of an agent that may use language models. */
export type DrilledGateway = Pick<GatewayService, 'models' | 'restingModels' | 'generate'>;

export interface ProviderSiteInit {
  /** @throws DrillRefusedError when no agent here may use one */
  readonly gateway: () => Promise<DrilledGateway>;
  /** Has this process do what the journal of faults says now. */
  readonly heedFaults: () => Promise<void>;
}

const CONFIDENTIAL_SLOT = 'private';
const SMALL_PROMPT = 'Answer with the word yes.';
const SHORTEST_ANSWER = 16;

/** Model providers whose calls get nowhere, in all processes with a resilience officer. */
export class ProviderSite implements DrillSite {
  readonly kinds: readonly DrillKind[] = ['blackhole', 'provider gone'];
  readonly #init: ProviderSiteInit;

  constructor(init: ProviderSiteInit) {
    this.#init = init;
  }

  async plan({ target }: DrillRequest): Promise<ProviderTarget> {
    const { models, slots } = (await this.#init.gateway()).models();
    const provider = target.toLowerCase();
    const led = Object.entries(slots).filter(
      ([slot, [first]]) => slot !== CONFIDENTIAL_SLOT && first && providerOf(first) === provider,
    );
    const known = [...new Set(models.map(({ id }) => providerOf(id)))];
    if (led.length === 0)
      throw new DrillRefusedError({
        reason: `no slot of models begins with one of "${target}", so it would show nothing`,
        advice: `There are: ${known.join(', ') || 'no models'}.`,
      });
    const slot = led.find(([, ids]) => ids.some((id) => providerOf(id) !== provider))?.[0];
    if (slot === undefined)
      throw new DrillRefusedError({
        reason: `no model of another provider could take the place of ${provider}'s`,
        advice: 'Configure another provider, or start a model on this machine.',
      });
    return { type: 'provider', provider, slot };
  }

  async open({ plan }: Drill): Promise<DrillSubject> {
    const target = providerOfPlan(plan);
    await this.plan({ ...plan, target: target.provider });
    return new ProviderSubject(this.#init, await this.#init.gateway(), target);
  }
}

class ProviderSubject implements DrillSubject {
  readonly #init: ProviderSiteInit;
  readonly #gateway: DrilledGateway;
  readonly #target: ProviderTarget;
  readonly #leaving = new AbortController();
  #isAsking = false;
  #isMade = false;
  #hasFailed = false;
  #isReplaced = false;

  constructor(init: ProviderSiteInit, gateway: DrilledGateway, target: ProviderTarget) {
    this.#init = init;
    this.#gateway = gateway;
    this.#target = target;
  }

  // The fault stands in the journal already.
  async make(): Promise<void> {
    await this.#init.heedFaults();
    this.#isMade = true;
  }

  takeBack(): Promise<void> {
    this.#isMade = false;
    return Promise.resolve();
  }

  // Calls go on one after the other, as those of agents do.
  look(): Promise<FaultSight> {
    if (this.#isMade && !this.#isAsking) void this.#ask();
    const rests = this.#gateway
      .restingModels()
      .some(({ model }) => providerOf(model) === this.#target.provider);
    const isDetected = rests || this.#hasFailed || this.#isReplaced;
    return Promise.resolve({ isDetected, isRecovered: this.#isReplaced });
  }

  close(): void {
    this.#leaving.abort();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    const call = { prompt: SMALL_PROMPT, maxTokens: SHORTEST_ANSWER, signal: this.#leaving.signal };
    try {
      const { model } = await inConversation(startConversation({ principal: SYSTEM }), () =>
        this.#gateway.generate({ ...call, model: this.#target.slot }),
      );
      this.#isReplaced ||= providerOf(model) !== this.#target.provider;
    } catch {
      // That nobody answers is what a drill may show: it is not recovered then.
      this.#hasFailed = true;
    } finally {
      this.#isAsking = false;
    }
  }
}

function providerOf(modelId: string): string {
  return modelId.slice(0, modelId.indexOf(':'));
}

function providerOfPlan({ target }: DrillPlan): ProviderTarget {
  if (target.type === 'provider') return target;
  throw new DrillRefusedError({ reason: 'its target is no provider', advice: 'Ask for it again.' });
}
