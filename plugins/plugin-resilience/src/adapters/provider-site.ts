import { inConversation, startConversation, SYSTEM } from '@371os/kernel';
import type { GatewayService } from '@371os/plugin-gateway';
import type { Drill, DrillKind, ProviderTarget } from '../domain/drill.ts';
import type { DrillRequest } from '../domain/read-drill-request.ts';
import { DrillRefusedError } from '../errors/drills.ts';
import type { DrillSite, DrillSubject } from '../ports/drill-site.ts';
import { AskingSubject } from './asking-subject.ts';

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
const OTHER_TARGETS = 'Or name a hosted agent, or a class such as chain RPC or storage.';

/**
 * Model providers whose calls get nowhere, in all processes with a resilience officer. It takes every target
 * for a provider, so it is asked last.
 */
export class ProviderSite implements DrillSite {
  readonly type = 'provider';
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
        advice: `There are: ${known.join(', ') || 'no models'}. ${OTHER_TARGETS}`,
      });
    const slot = led.find(([, ids]) => ids.some((id) => providerOf(id) !== provider))?.[0];
    if (slot === undefined)
      throw new DrillRefusedError({
        reason: `no model of another provider could take the place of ${provider}'s`,
        advice: 'Configure another provider, or start a model on this machine.',
      });
    return { type: 'provider', provider, slot };
  }

  async open({ plan }: Drill, { provider, slot }: ProviderTarget): Promise<DrillSubject> {
    await this.plan({ ...plan, target: provider });
    const gateway = await this.#init.gateway();
    return new AskingSubject({
      heedFaults: this.#init.heedFaults,
      ask: async (signal) => {
        const call = { prompt: SMALL_PROMPT, maxTokens: SHORTEST_ANSWER, signal };
        const { model } = await inConversation(startConversation({ principal: SYSTEM }), () =>
          gateway.generate({ ...call, model: slot }),
        );
        return providerOf(model) !== provider;
      },
      isNoticed: () => gateway.restingModels().some(({ model }) => providerOf(model) === provider),
    });
  }
}

function providerOf(modelId: string): string {
  return modelId.slice(0, modelId.indexOf(':'));
}
