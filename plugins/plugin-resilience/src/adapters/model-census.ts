import type { GatewayService, ModelDescription } from '@371os/plugin-gateway';
import type { CallShare } from '@371os/plugin-treasury';
import type { Capability, CensusPart, ClassCensus, Instance, Supplier } from '../domain/census.ts';
import type { CensusSource } from '../ports/census-source.ts';
import type { HomePlace } from './home-place.ts';

/** What a gateway says of its models. */
export type ModelsOf = Pick<GatewayService, 'models' | 'restingModels'>;

export interface ModelCensusInit {
  /** The calls of the last so many milliseconds; undefined without a ledger. */
  readonly calls: (withinMs: number) => Promise<readonly CallShare[]> | undefined;
  /** The gateways of this process. */
  readonly gateways: () => readonly ModelsOf[];
  readonly home: HomePlace;
}

const WINDOW_MS = 86_400_000;
const NAME = 'the ledger of model calls and the gateways of this process';

/**
 * Model providers by their share of the calls that were answered in the last 24 h, and the models
 * that could be asked now. What rules answer is no call to a provider.
 */
export class ModelCensus implements CensusSource {
  readonly name = NAME;
  readonly covers = ['model provider'] as const;
  readonly #init: ModelCensusInit;

  constructor(init: ModelCensusInit) {
    this.#init = init;
  }

  async take(): Promise<CensusPart> {
    const models = this.#models();
    const calls = await this.#init.calls(WINDOW_MS);
    return { classes: [this.#class(models, calls)], capabilities: this.#capability(models) };
  }

  #class(models: readonly KnownModel[], calls: readonly CallShare[] | undefined): ClassCensus {
    const local = new Set(models.filter(({ isLocal }) => isLocal).map(({ provider }) => provider));
    const nameOf = (provider: string): string =>
      local.has(provider) ? this.#init.home.machine : provider;
    const suppliers = (calls ?? []).map(({ provider, answered }): Supplier => ({
      name: nameOf(provider),
      weight: answered,
    }));
    const used = new Set(suppliers.filter(({ weight }) => weight > 0).map(({ name }) => name));
    const usable = models.filter(({ isUsable }) => isUsable);
    const others = usable.filter(({ provider }) => !used.has(nameOf(provider)));
    return {
      dependency: 'model provider',
      source: 'calls that a model answered, by the ledger',
      windowMs: WINDOW_MS,
      pools: [{ name: 'model calls', suppliers }],
      couldUse: [...new Set(others.map(({ id }) => id))],
      absent: calls
        ? 'No language model has answered a call in the last 24 h.'
        : 'There is no ledger: no agent here has @371os/plugin-treasury.',
    };
  }

  // Without any model configured the company works by rules, and thinking is nothing that it could lose.
  #capability(models: readonly KnownModel[]): Capability[] {
    if (models.length === 0) return [];
    const instances = models.map((model): Instance => ({
      name: model.id,
      ...this.#domainOf(model),
      isHealthy: model.isUsable,
    }));
    return [{ name: 'language models', instances }];
  }

  // Of a service nobody knows from where it is run, so it is a region by itself.
  #domainOf({
    id,
    provider,
    isLocal,
  }: KnownModel): Pick<Instance, 'operator' | 'provider' | 'region'> {
    const { node, machine, region } = this.#init.home;
    if (isLocal) return { operator: node, provider: machine, region };
    return { operator: vendorOf(id) ?? provider, provider, region: `where ${provider} is` };
  }

  #models(): KnownModel[] {
    const known = new Map<string, KnownModel>();
    for (const gateway of this.#init.gateways()) {
      const resting = new Set(gateway.restingModels().map(({ model }) => model));
      for (const model of modelsOf(gateway)) {
        const isUsable = model.hasKnownPrice && !resting.has(model.id);
        known.set(model.id, { ...model, provider: providerOf(model.id), isUsable });
      }
    }
    return [...known.values()];
  }
}

interface KnownModel extends ModelDescription {
  readonly provider: string;
  /** It has a price, and does not rest after failures. */
  readonly isUsable: boolean;
}

// One that is not up, or could not start and said so, has no models.
function modelsOf(gateway: ModelsOf): readonly ModelDescription[] {
  try {
    return gateway.models().models;
  } catch {
    return [];
  }
}

function providerOf(id: string): string {
  return id.slice(0, id.indexOf(':'));
}

// `openrouter:anthropic/claude` fails with Anthropic, too.
function vendorOf(id: string): string | undefined {
  return /^[^:]+:([^/]+)\//.exec(id)?.[1];
}
