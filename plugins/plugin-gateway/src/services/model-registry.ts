import { InvalidSettingError, type Clock, type SettingSource } from '@371os/kernel';
import type { Candidate } from '../domain/candidates.ts';
import { catalogueEntry, splitModelId, type Catalogue } from '../domain/catalogue.ts';
import { FREE, raisedBy, type ModelPrice } from '../domain/price.ts';
import { perMillionPrice } from '../domain/price-entry.ts';
import { forEachSlot, SLOTS, type Slot } from '../domain/select-slot.ts';
import type { Endpoint, KnownModel, PriceBook } from '../ports.ts';
import type { GatewaySettings } from '../settings.ts';
import type { LocalModels } from './local-models.ts';

/** A model as `/models` and other plugins see it. */
export interface ModelDescription {
  readonly id: string;
  readonly isLocal: boolean;
  readonly hasKnownPrice: boolean;
  readonly contextTokens: number | undefined;
}

export interface ModelsDescription {
  readonly models: readonly ModelDescription[];
  /** The configured models of each slot, in the order in which they are tried. */
  readonly slots: Readonly<Record<Slot, readonly string[]>>;
}

/** An endpoint as other plugins see it: without its key. */
export type ModelPlace = Pick<Endpoint, 'provider' | 'api' | 'baseUrl' | 'isLocal'>;

interface RegistryComponents {
  readonly catalogue: Catalogue;
  readonly settings: GatewaySettings;
  readonly source: SettingSource;
  readonly prices: PriceBook;
  /** Undefined when nobody looks for them. */
  readonly local: LocalModels | undefined;
  /** Models that this process computes itself. */
  readonly files?: readonly Endpoint[] | undefined;
  readonly now: Clock;
}

/** What is worked out from what is configured and found. Each call asks for it. */
interface WorkedOut {
  readonly from: readonly Endpoint[];
  readonly atMs: number;
  readonly models: Map<string, Candidate>;
  readonly slots: Map<string, readonly Candidate[]>;
  all?: readonly Candidate[];
  description?: ModelsDescription;
}

const NONE: readonly Endpoint[] = [];
// Prices begin and end at some time.
const WORKED_OUT_FOR_MS = 60_000;

/** Which models there are: configured ones, and those found on this machine. */
export class ModelRegistry {
  readonly #components: RegistryComponents;
  readonly #remote: readonly Endpoint[];
  #workedOut: WorkedOut | undefined;
  #here: { readonly seen: readonly Endpoint[]; readonly all: readonly Endpoint[] } | undefined;

  constructor(components: RegistryComponents) {
    this.#components = components;
    this.#remote = configuredEndpoints(components);
  }

  /** Calls back when models of this machine come or go. Returns how to stop that. */
  onChanged(listener: () => void): () => void {
    return this.#components.local?.onChanged(listener) ?? (() => undefined);
  }

  /** The configured models of a slot in order, then every free one of this machine. */
  candidates(slot: Slot, isSmall: boolean): readonly Candidate[] {
    const { slots } = this.#current;
    const key = `${slot}/${String(isSmall)}`;
    const known = slots.get(key) ?? this.#workOut(slot, isSmall);
    slots.set(key, known);
    return known;
  }

  #workOut(slot: Slot, isSmall: boolean): Candidate[] {
    const { catalogue } = this.#components;
    const named = this.#namedModel(slot, isSmall);
    const listed = catalogue.slots[slot].filter((id) => !named || !id.startsWith('openai:'));
    const ids = [...(named ? [named] : []), ...listed].flatMap((id) => this.#expand(id));
    const local = this.#found.filter(({ isLocal }) => isLocal).flatMap(idsOf);
    return [...new Set([...ids, ...local])].map((id) => this.#candidate(id));
  }

  /** One model by its id, whether a slot lists it or not; undefined when nothing leads to it. */
  find(id: string): Candidate | undefined {
    const [known] = this.#expand(id);
    return known === undefined || known.endsWith(':*') ? undefined : this.#candidate(known);
  }

  /** Where a candidate is reached. */
  endpoint({ provider }: Candidate): Endpoint | undefined {
    return [...this.#found, ...this.#remote].find((endpoint) => endpoint.provider === provider);
  }

  /** Every place that models are reached at. */
  places(): ModelPlace[] {
    return [...this.#found, ...this.#remote].map(({ provider, api, baseUrl, isLocal }) => ({
      ...{ provider, api, baseUrl, isLocal },
    }));
  }

  /** Fields that the catalogue adds to each request to a candidate. */
  bodyOf({ provider, name }: Candidate): Record<string, unknown> {
    const { catalogue } = this.#components;
    return {
      ...catalogue.providers[provider]?.body,
      ...catalogueEntry(catalogue, provider, name).body,
    };
  }

  /** Whether no language model is configured or found, usable or not. */
  get isEmpty(): boolean {
    return this.#all().length === 0;
  }

  /** Whether any language model could take a call. */
  hasModel({ isConfidential }: { isConfidential: boolean }): boolean {
    return this.#all().some(
      ({ isLocal, price }) => price !== undefined && (isLocal || !isConfidential),
    );
  }

  describe(): ModelsDescription {
    return (this.#current.description ??= this.#describe());
  }

  #describe(): ModelsDescription {
    const models = this.#all().map(({ id, isLocal, price, contextTokens }) => ({
      id,
      isLocal,
      hasKnownPrice: price !== undefined,
      contextTokens,
    }));
    return {
      models,
      slots: forEachSlot((slot) => this.candidates(slot, false).map(({ id }) => id)),
    };
  }

  #all(): readonly Candidate[] {
    return (this.#current.all ??= this.#workOutAll());
  }

  #workOutAll(): Candidate[] {
    const byId = SLOTS.flatMap((slot) => [
      ...this.candidates(slot, false),
      ...this.candidates(slot, true),
    ]).map((candidate) => [candidate.id, candidate] as const);
    return [...new Map(byId).values()];
  }

  // A model that the user names takes the place of the catalogue's; one name alone takes both.
  #namedModel(slot: Slot, isSmall: boolean): string | undefined {
    const { OPENAI_SMALL_MODEL: small, OPENAI_LARGE_MODEL: large } = this.#components.settings;
    if (slot === 'private') return undefined;
    const wantsSmall = slot === 'cheap' || (slot === 'default' && isSmall);
    const name = wantsSmall ? (small ?? large) : (large ?? small);
    return name === undefined ? undefined : `openai:${name}`;
  }

  #expand(id: string): string[] {
    const { provider, name } = splitModelId(id);
    const found = this.#found.find((endpoint) => endpoint.provider === provider);
    if (found) return idsOf(found).filter((known) => name === '*' || isSameModel(known, id));
    const isConfigured = this.#remote.some((endpoint) => endpoint.provider === provider);
    return isConfigured && name !== '*' ? [id] : [];
  }

  // The list stays the same one until something is seen to change: what is known of it is kept.
  get #found(): readonly Endpoint[] {
    const { local, files = NONE } = this.#components;
    const seen = local?.found ?? NONE;
    if (this.#here?.seen !== seen) this.#here = { seen, all: [...seen, ...files] };
    return this.#here.all;
  }

  get #current(): WorkedOut {
    const from = this.#found;
    const nowMs = this.#components.now();
    const known = this.#workedOut;
    if (known?.from === from && nowMs - known.atMs <= WORKED_OUT_FOR_MS) return known;
    return (this.#workedOut = { from, atMs: nowMs, models: new Map(), slots: new Map() });
  }

  #candidate(id: string): Candidate {
    const { models } = this.#current;
    const known = models.get(id) ?? this.#lookUp(id);
    models.set(id, known);
    return known;
  }

  #lookUp(id: string): Candidate {
    const { provider, name } = splitModelId(id);
    const entry = catalogueEntry(this.#components.catalogue, provider, name);
    const endpoint = [...this.#found, ...this.#remote].find((known) => known.provider === provider);
    const isLocal = endpoint?.isLocal ?? false;
    const known = isLocal ? undefined : this.#published(provider, name, endpoint);
    const price: ModelPrice | undefined = isLocal
      ? FREE
      : (perMillionPrice(`catalogue:${id}`, entry) ?? known?.price);
    return {
      id,
      provider,
      name,
      isLocal,
      price,
      contextTokens: endpoint?.contextTokens ?? entry.contextTokens ?? known?.contextTokens,
      lacks: entry.lacks ?? [],
    };
  }

  #published(
    provider: string,
    model: string,
    endpoint: Endpoint | undefined,
  ): KnownModel | undefined {
    const { catalogue, prices } = this.#components;
    const { prices: list, markupPercent = 0 } = catalogue.providers[provider] ?? {};
    const isNamedByVendor = list === 'vendor';
    const baseUrl = endpoint?.baseUrl ?? '';
    const known = prices.find({ provider, model, baseUrl, isNamedByVendor });
    if (!known || markupPercent === 0) return known;
    return { ...known, price: raisedBy(known.price, markupPercent) };
  }
}

function configuredEndpoints({ catalogue, source }: RegistryComponents): Endpoint[] {
  return Object.entries(catalogue.providers).flatMap(([provider, entry]) => {
    const { api, reportsCost } = entry;
    const ownUrl = addressSetting(source, entry.baseUrlSetting);
    const apiKey = textSetting(source, entry.keySetting);
    const isConfigured = apiKey !== undefined || ownUrl !== undefined || !entry.keySetting;
    const baseUrl = (ownUrl ?? entry.baseUrl).replace(/\/+$/, '');
    return isConfigured ? [{ provider, api, baseUrl, apiKey, isLocal: false, reportsCost }] : [];
  });
}

function textSetting(source: SettingSource, key: string | undefined): string | undefined {
  const value = key === undefined ? undefined : source(key);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** @throws InvalidSettingError when it is no address: a key must not be sent just anywhere */
function addressSetting(source: SettingSource, key: string | undefined): string | undefined {
  const url = textSetting(source, key);
  if (url === undefined || /^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url;
  throw new InvalidSettingError({
    setting: key ?? '',
    problem: `${JSON.stringify(url)} is not valid: an http:// or https:// address is expected`,
  });
}

function idsOf({ provider, models }: Endpoint): string[] {
  return (models ?? []).map((name) => `${provider}:${name}`);
}

// Ollama lists `llama3` as `llama3:latest`.
function isSameModel(known: string, wanted: string): boolean {
  return known === wanted || known === `${wanted}:latest`;
}
