import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import { onRecorded, usdNumber, type TraceEvent } from '@371os/kernel';
import { splitModelId } from '../domain/catalogue.ts';
import { LABEL, METRIC } from '../domain/telemetry-names.ts';
import { sharedCircuits } from './circuits.ts';

// The buckets that the conventions for generative AI advise.
const SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const TOKENS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576];

const MODEL = [LABEL.provider, LABEL.model] as const;

/** The parts of a conversation's record that are counted. */
const counted = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('model-call'),
    agent: z.string(),
    model: z.string(),
    status: z.enum(['ok', 'fallback', 'error']),
    tokensIn: z.number(),
    tokensOut: z.number(),
    costPico: z.bigint(),
    candidates: z.array(z.object({ model: z.string(), code: z.string().optional() })),
  }),
  z.object({ kind: z.literal('reservation-refused'), agent: z.string(), code: z.string() }),
]);
type CountedCall = Extract<z.output<typeof counted>, { kind: 'model-call' }>;

/** How a request to a model goes on. */
export interface RequestWatch {
  /** Its answer begins. */
  begin(): void;
  /** It is over; `errorType` says how, unless all went well. */
  end(errorType?: string): void;
}

/** What the model calls of this process have taken, as Prometheus reads it. */
export class CallMetrics {
  readonly #registry = new Registry();
  readonly #in = { registers: [this.#registry] };
  readonly #duration = new Histogram({
    name: METRIC.duration,
    help: 'How long requests to models took, in seconds.',
    labelNames: [...MODEL, LABEL.errorType],
    buckets: SECONDS,
    ...this.#in,
  });
  readonly #timeToFirstChunk = new Histogram({
    name: METRIC.timeToFirstChunk,
    help: 'How long a streamed answer took to begin, in seconds.',
    labelNames: MODEL,
    buckets: SECONDS,
    ...this.#in,
  });
  readonly #tokens = new Histogram({
    name: METRIC.tokens,
    help: 'Tokens that were charged.',
    labelNames: [...MODEL, LABEL.tokenType],
    buckets: TOKENS,
    ...this.#in,
  });
  readonly #calls = new Counter({
    name: METRIC.calls,
    help: 'Model calls by what became of them; a fallback answered after another model could not.',
    labelNames: [...MODEL, LABEL.agent, LABEL.outcome],
    ...this.#in,
  });
  readonly #cost = new Counter({
    name: METRIC.cost,
    help: 'What model calls were charged, in USD. The ledger has the exact sum.',
    labelNames: [...MODEL, LABEL.agent],
    ...this.#in,
  });
  readonly #fallbacks = new Counter({
    name: METRIC.fallbacks,
    help: 'Models that were passed over before another one answered, by why.',
    labelNames: [...MODEL, LABEL.reason],
    ...this.#in,
  });
  readonly #refusedReservations = new Counter({
    name: METRIC.refusedReservations,
    help: 'Reservations that the treasury refused, by why.',
    labelNames: [LABEL.agent, LABEL.code],
    ...this.#in,
  });

  readonly #breakers = new Gauge({
    name: METRIC.breaker,
    help: '1 for each model that is left alone after it failed.',
    labelNames: MODEL,
    ...this.#in,
  });

  readonly contentType = this.#registry.contentType;

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    this.#breakers.reset();
    for (const { model } of sharedCircuits().resting()) this.#breakers.set(labelsOf(model), 1);
    return this.#registry.metrics();
  }

  /** Measures a request to a model from now on. */
  watch({ provider, model }: { provider: string; model: string }): RequestWatch {
    const labels = { [LABEL.provider]: provider, [LABEL.model]: model };
    const begin = this.#timeToFirstChunk.startTimer(labels);
    const end = this.#duration.startTimer(labels);
    let hasBegun = false;
    return {
      begin: () => {
        if (!hasBegun) begin();
        hasBegun = true;
      },
      end: (errorType) => end(errorType === undefined ? {} : { [LABEL.errorType]: errorType }),
    };
  }

  /** Counts what is put on record. */
  count(event: TraceEvent): void {
    if (event.kind !== 'model-call' && event.kind !== 'reservation-refused') return;
    const { data } = counted.safeParse(event);
    if (data?.kind === 'model-call') this.#countCall(data);
    else if (data)
      this.#refusedReservations.inc({ [LABEL.agent]: data.agent, [LABEL.code]: data.code });
  }

  #countCall(call: CountedCall): void {
    const labels = labelsOf(call.model);
    const agent = { [LABEL.agent]: call.agent };
    this.#calls.inc({ ...labels, ...agent, [LABEL.outcome]: call.status });
    this.#cost.inc({ ...labels, ...agent }, usdNumber(call.costPico));
    this.#tokens.observe({ ...labels, [LABEL.tokenType]: 'input' }, call.tokensIn);
    this.#tokens.observe({ ...labels, [LABEL.tokenType]: 'output' }, call.tokensOut);
    if (call.status === 'fallback') this.#countPassedOver(call);
  }

  #countPassedOver({ model: answering, candidates }: CountedCall): void {
    for (const { model, code } of candidates) {
      if (model === answering) return;
      if (code !== undefined) this.#fallbacks.inc({ ...labelsOf(model), [LABEL.reason]: code });
    }
  }
}

/** Those of this process. */
export const callMetrics = new CallMetrics();
onRecorded((event) => {
  callMetrics.count(event);
});

function labelsOf(id: string): Record<(typeof MODEL)[number], string> {
  const { provider, name } = splitModelId(id);
  return { [LABEL.provider]: provider, [LABEL.model]: name };
}
