import { z } from 'zod';
import { CAPABILITIES } from './candidates.ts';
import { forEachSlot, SLOTS, type Slot } from './select-slot.ts';

/** `provider:model`; the model may be `*`, any that the provider has. */
const modelId = z
  .string()
  .regex(/^[a-z][a-z0-9-]*:\S+$/, 'write it as provider:model, such as openai:gpt-5-mini');

/** USD as a decimal text or a number. */
const usd = z
  .union([z.string(), z.number().nonnegative().transform(decimalText)])
  .refine(
    (text) => /^\d{1,7}(\.\d{1,12})?$/.test(text),
    'a price in USD such as "0.15" is expected',
  );

const fields = z.record(z.string(), z.json());

const provider = z.strictObject({
  /** What it is spoken to in. */
  api: z.enum(['openai', 'anthropic']).default('openai'),
  baseUrl: z.url({ protocol: /^https?$/, error: 'an http(s) address is expected' }),
  /** The setting that replaces `baseUrl`. */
  baseUrlSetting: z.string().optional(),
  /** The setting that holds the key. */
  keySetting: z.string().optional(),
  /** Its answers say in `usage.cost` what they cost in USD. */
  reportsCost: z.boolean().default(false),
  /** `vendor`: models are named vendor/model and cost what the vendor asks for them. */
  prices: z.literal('vendor').optional(),
  /** What it adds to published prices. */
  markupPercent: z.number().int().min(0).max(100).default(0),
  /** Fields added to each request. */
  body: fields.optional(),
});

const model = z
  .strictObject({
    inputUsdPerMillion: usd.optional(),
    outputUsdPerMillion: usd.optional(),
    /** Longest prompt and answer together, in tokens. */
    contextTokens: z.number().int().positive().optional(),
    /** What the model cannot take. */
    lacks: z.array(z.enum(CAPABILITIES)).optional(),
    /** Fields added to each request. */
    body: fields.optional(),
  })
  .refine(
    (entry) =>
      (entry.inputUsdPerMillion === undefined) === (entry.outputUsdPerMillion === undefined),
    'give both prices or none',
  );

/** A model of another plugin, by `plugin:TYPE`; the plugin may be `*`, any. */
const handlerId = z
  .string()
  .regex(/^(?:\*|[^:\s]+):[A-Z][A-Z_0-9]*$/, 'write it as plugin:TYPE, such as openai:IMAGE');

const handler = z.strictObject({
  /** The most that one call costs; "0" when it is free. */
  usdPerCall: usd,
  /** It runs on this machine, so it may have what is confidential. */
  isLocal: z.boolean().default(false),
});

/** The shape of a catalogue file. A user's file may have any part of it. */
export const catalogueFile = z.strictObject({
  providers: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), provider).default({}),
  models: z.record(modelId, model).default({}),
  handlers: z.record(handlerId, handler).default({}),
  slots: z.partialRecord(z.enum(SLOTS), z.array(modelId)).default({}),
});

export type CatalogueFile = z.output<typeof catalogueFile>;
export type CatalogueProvider = z.output<typeof provider>;
export type CatalogueModel = z.output<typeof model>;
export type CatalogueHandler = z.output<typeof handler>;

export interface Catalogue {
  readonly providers: Readonly<Record<string, CatalogueProvider>>;
  readonly models: Readonly<Record<string, CatalogueModel>>;
  /** Which other plugins may answer what the gateway does not. */
  readonly handlers: Readonly<Record<string, CatalogueHandler>>;
  readonly slots: Readonly<Record<Slot, readonly string[]>>;
}

/** Providers that are found on this machine, not configured by a catalogue. */
export const LOCAL_PROVIDERS: readonly string[] = ['ollama', 'localai', 'gguf'];

/** The shipped catalogue with a user's file over it: a slot of theirs replaces the whole list. */
export function mergeCatalogues(base: CatalogueFile, own: CatalogueFile): Catalogue {
  return {
    providers: { ...base.providers, ...own.providers },
    models: { ...base.models, ...own.models },
    handlers: { ...base.handlers, ...own.handlers },
    slots: forEachSlot((slot) => own.slots[slot] ?? base.slots[slot] ?? []),
  };
}

/** The first slot entry or model whose provider nobody defines, as a path and a problem. */
export function findUnknownProvider(
  catalogue: Catalogue,
): { path: string; problem: string } | undefined {
  const known = [...Object.keys(catalogue.providers), ...LOCAL_PROVIDERS];
  const named = [
    ...Object.keys(catalogue.models).map((id) => ({ path: `models.${id}`, id })),
    ...SLOTS.flatMap((slot) =>
      catalogue.slots[slot].map((id, index) => ({ path: `slots.${slot}[${String(index)}]`, id })),
    ),
  ];
  const stray = named.find(({ id }) => !known.includes(splitModelId(id).provider));
  return (
    stray && {
      path: stray.path,
      problem: `"${stray.id}" names a provider that is not defined; known are ${known.join(', ')}`,
    }
  );
}

/** What the catalogue says of a model, from `provider:*` up to its own entry. */
export function catalogueEntry(
  catalogue: Catalogue,
  provider: string,
  name: string,
): CatalogueModel {
  return { ...catalogue.models[`${provider}:*`], ...catalogue.models[`${provider}:${name}`] };
}

/** What the catalogue says of another plugin's model; undefined when it does not allow it. */
export function handlerEntry(
  { handlers }: Catalogue,
  plugin: string,
  modelType: string,
): CatalogueHandler | undefined {
  return handlers[`${plugin}:${modelType}`] ?? handlers[`*:${modelType}`];
}

export function splitModelId(id: string): { provider: string; name: string } {
  const colon = id.indexOf(':');
  return { provider: id.slice(0, colon), name: id.slice(colon + 1) };
}

/** A number as decimal digits; JavaScript writes small ones as 1e-7. */
export function decimalText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text;
}
