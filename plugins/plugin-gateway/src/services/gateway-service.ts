import {
  Service,
  type IAgentRuntime,
  type IDatabaseAdapter,
  type TextStreamResult,
} from '@elizaos/core';
import {
  agentSettings,
  cutOff,
  DeadEnd,
  environment,
  runtimeSettings,
  systemClock,
  uuidSource,
  type StatementExecutor,
} from '@371os/kernel';
import type { SQL } from 'drizzle-orm';
import { preparedExecutor, treasuryOf } from '@371os/plugin-treasury';
import { AnthropicClient } from '../adapters/anthropic-client.ts';
import { loadCatalogue } from '../adapters/catalogue-file.ts';
import { classifyFailure } from '../adapters/classify-failure.ts';
import { ClientByApi } from '../adapters/client-by-api.ts';
import type { EmbeddingThread } from '../adapters/embedding-thread.ts';
import { GenaiPriceBook } from '../adapters/genai-price-book.ts';
import { GgufClient } from '../adapters/gguf-client.ts';
import { ggufEndpoints } from '../adapters/gguf-endpoint.ts';
import { GptTokenCounter } from '../adapters/gpt-token-counter.ts';
import { HttpLocalDiscovery } from '../adapters/local-discovery.ts';
import { OpenaiCompatibleClient } from '../adapters/openai-compatible-client.ts';
import { acquireEmbedder, releaseEmbedder } from '../adapters/shared-embedder.ts';
import { LOCAL_PROVIDERS, type Catalogue } from '../domain/catalogue.ts';
import type { AnswerPiece, ModelAnswer, ModelCall } from '../domain/model-call.ts';
import { GatewayNotOnTopError, GatewayNotReadyError } from '../errors.ts';
import type { RatioStore } from '../ports.ts';
import { gatewaySettings, type GatewaySettings } from '../settings.ts';
import { ModelLogStore } from '../store/model-log-store.ts';
import { SqlRatioStore } from '../store/sql-ratio-store.ts';
import { announcer } from './announcer.ts';
import { Answerer } from './answerer.ts';
import { callMetrics } from './call-metrics.ts';
import { callContext } from './call-context.ts';
import { sharedCircuits, type Resting } from './circuits.ts';
import { DisturbedChatClient } from './disturbed-chat-client.ts';
import { EmbeddedRules } from './embedded-rules.ts';
import { sharedEstimates } from './estimates.ts';
import { ForeignCalls } from './foreign-calls.ts';
import {
  acquireLocalModels,
  releaseLocalModels,
  type LocalModels,
  type LocalPlace,
} from './local-models.ts';
import { MeteredChatClient } from './metered-chat-client.ts';
import { ModelDesk } from './model-desk.ts';
import { ModelLog } from './model-log.ts';
import { ModelRegistry, type ModelPlace, type ModelsDescription } from './model-registry.ts';
import { handlerAbove, type Passing } from './seat.ts';
import { readTextParameters, textOfParameters } from './text-parameters.ts';
import { sharedDisturbances } from './shared-disturbances.ts';
import { TracedChatClient } from './traced-chat-client.ts';
import { TracedDesk, type Desk } from './traced-desk.ts';

export const GATEWAY_SERVICE = 'gateway';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    GATEWAY: 'gateway';
  }
}

interface Components {
  readonly settings: GatewaySettings;
  readonly registry: ModelRegistry;
  readonly answerer: Answerer;
  readonly foreign: ForeignCalls;
}

const DEFAULT_EMBEDDING_TIMEOUT_MS = 20_000;

const deadEnds = { silent: new DeadEnd('silent'), gone: new DeadEnd('gone') };

// One encoder for all agents of the process: it takes 65 MB.
const counter = new GptTokenCounter();

/** Every model call of an agent: chosen by policy, priced, reserved, settled. */
export class GatewayService extends Service {
  static override serviceType = GATEWAY_SERVICE;
  override capabilityDescription = 'Chooses, pays for and records every model call.';

  #components: Components | undefined;
  #failure: unknown;
  #unwatch: (() => void) | undefined;
  #place: LocalPlace | undefined;
  readonly #files = new GgufClient();
  #log: ModelLog | undefined;
  #embedder: EmbeddingThread | undefined = acquireEmbedder();

  static override async start(runtime: IAgentRuntime): Promise<GatewayService> {
    const service = new GatewayService(runtime);
    try {
      await service.#open(runtime);
    } catch (error) {
      // Throwing here would end the whole process; every later call says what was wrong instead.
      service.#failure = error;
      runtime.logger.error({ src: 'gateway', error }, 'the gateway could not start');
    }
    return service;
  }

  override async stop(): Promise<void> {
    this.#unwatch?.();
    if (this.#place) releaseLocalModels(this.#place);
    this.#place = undefined;
    await this.#log?.close();
    this.#log = undefined;
    await this.#files.stop();
    if (!this.#embedder) return;
    this.#embedder = undefined;
    await releaseEmbedder();
  }

  /**
   * One vector of 512 numbers for each text, computed on this machine. Blank texts give zeros.
   * @throws EmbeddingFailedError
   */
  async embed(texts: readonly string[]): Promise<number[][]> {
    if (!this.#embedder) throw new GatewayNotReadyError();
    const timeoutMs =
      this.#components?.settings.EMBEDDING_TIMEOUT_MS ?? DEFAULT_EMBEDDING_TIMEOUT_MS;
    return this.#embedder.embed(texts, timeoutMs);
  }

  /** Whether a language model could take a call now; where none elsewhere may be asked, one on this machine. */
  hasLanguageModel({ isConfidential = false }: { isConfidential?: boolean } = {}): boolean {
    const isLocal = isConfidential || cutOff.reason !== undefined;
    return this.#components?.registry.hasModel({ isConfidential: isLocal }) ?? false;
  }

  /** Calls back when local models come or go, or those elsewhere may be asked again. Returns how to stop that. */
  onModelsChanged(listener: () => void): () => void {
    const ends = [this.#ready().registry.onChanged(listener), cutOff.onChanged(listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Where the models are that calls may go to, as configured or found; none before the start. */
  places(): readonly ModelPlace[] {
    return this.#components?.registry.places() ?? [];
  }

  /** The models there are, and which ones each slot tries. */
  models(): ModelsDescription {
    return this.#ready().registry.describe();
  }

  /**
   * One answer from a language model, for the conversation that it is asked in.
   * @throws NoModelAnsweredError, LanguageModelNeededError, ModelCallAbortedError, or what the
   *   treasury refused with
   */
  async generate(call: ModelCall): Promise<ModelAnswer> {
    return this.#ready().answerer.generate(call);
  }

  /**
   * The same, piece by piece as it is written; the value it returns has the whole. Leaving it ends
   * the call, which is then charged for what was written.
   * @throws as `generate`, and ModelCallError when it breaks off after the first piece
   */
  stream(call: ModelCall): AsyncGenerator<AnswerPiece, ModelAnswer> {
    return this.#ready().answerer.stream(call);
  }

  /** The models that this process leaves alone for a while, and why. */
  restingModels(): readonly Resting[] {
    return sharedCircuits().resting();
  }

  /** Answers an ElizaOS text call. @throws BaseError with a sentence for the person */
  async answerText(modelType: string, parameters: unknown): Promise<string | TextStreamResult> {
    return this.#ready().answerer.answerText(modelType, readTextParameters(parameters));
  }

  /** Answers an ElizaOS object call with a JSON value. @throws as `answerText` */
  async answerObject(modelType: string, parameters: unknown): Promise<unknown> {
    return this.#ready().answerer.answerObject(modelType, readTextParameters(parameters));
  }

  /**
   * Lets another plugin answer a call of a kind that the gateway does not, such as IMAGE.
   * @throws ModelNotAllowedError, what the treasury refused with, or what the plugin throws
   */
  async letPass(
    { plugin, modelType, parameters }: Passing,
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    const { foreign, settings } = this.#ready();
    const context = callContext(this.runtime, settings, textOfParameters(parameters));
    return foreign.pass({ plugin, modelType, ...context }, run);
  }

  #ready(): Components {
    if (this.#components) return this.#components;
    throw this.#failure instanceof Error ? this.#failure : new GatewayNotReadyError();
  }

  async #open(runtime: IAgentRuntime): Promise<void> {
    const source = runtimeSettings(runtime);
    const settings = agentSettings(gatewaySettings, runtime);
    const catalogue = loadCatalogue(settings.MODEL_CATALOGUE);
    const registry = new ModelRegistry({
      catalogue,
      settings,
      source,
      prices: new GenaiPriceBook(systemClock),
      local: await this.#findLocalModels(settings),
      files: ggufEndpoints(settings),
      now: systemClock,
    });
    this.#log = modelLog(runtime);
    const desk = this.#desk(runtime, settings, registry);
    const rules = new EmbeddedRules(runtime);
    this.#components = {
      settings,
      registry,
      answerer: new Answerer({ runtime, settings, registry, desk, rules }),
      foreign: this.#foreignCalls(runtime, catalogue),
    };
    this.#unwatch = registry.onChanged(() => {
      for (const provider of LOCAL_PROVIDERS) sharedCircuits().forget(provider);
    });
    const above = handlerAbove(runtime);
    if (above)
      runtime.logger.warn({ src: 'gateway', ...above }, new GatewayNotOnTopError(above).message);
  }

  #foreignCalls(runtime: IAgentRuntime, catalogue: Catalogue): ForeignCalls {
    return new ForeignCalls({
      agent: runtime.character.name,
      catalogue,
      counter,
      treasury: () => treasuryOf(runtime),
      classify: (error) => classifyFailure(error, systemClock()),
      now: systemClock,
      ids: uuidSource,
      log: (problem, error) => {
        runtime.logger.error({ src: 'gateway', error }, problem);
      },
    });
  }

  // Starting does not wait for it: until then, and without it, the family's own factor holds.
  #recall(runtime: IAgentRuntime, ratios: RatioStore): void {
    sharedEstimates()
      .load(ratios)
      .catch((error: unknown) => {
        runtime.logger.warn({ src: 'gateway', error }, 'what calls have taught cannot be read');
      });
  }

  async #findLocalModels(settings: GatewaySettings): Promise<LocalModels | undefined> {
    if (!settings.LOCAL_MODEL_DISCOVERY) return undefined;
    this.#place = {
      ollamaUrl: settings.OLLAMA_API_ENDPOINT,
      localaiUrl: settings.LOCALAI_BASE_URL,
      probeMs: settings.MODEL_PROBE_MS,
    };
    const models = acquireLocalModels(this.#place, new HttpLocalDiscovery(this.#place));
    await models.refresh();
    return models;
  }

  #desk(runtime: IAgentRuntime, settings: GatewaySettings, registry: ModelRegistry): Desk {
    const ratios = new SqlRatioStore(runtime.db as StatementExecutor<SQL>);
    this.#recall(runtime, ratios);
    const agent = runtime.character.name;
    const client = new DisturbedChatClient({
      client: new ClientByApi({
        openai: new OpenaiCompatibleClient(),
        anthropic: new AnthropicClient(),
        gguf: this.#files,
      }),
      disturbances: sharedDisturbances(),
      deadEnd: (kind) => deadEnds[kind].url(),
    });
    const desk = new ModelDesk({
      agent,
      settings,
      registry,
      client: new TracedChatClient({
        client: new MeteredChatClient(client, callMetrics),
        agent,
        hasContent: settings.TRACE_CONTENT,
        now: systemClock,
      }),
      circuits: sharedCircuits(),
      announce: announcer(runtime),
      estimates: sharedEstimates(),
      ratios,
      counter,
      treasury: () => treasuryOf(runtime),
      now: systemClock,
      ids: uuidSource,
      onlyHereBecause: () => cutOff.reason,
      unpaidBecause: () => {
        const above = handlerAbove(runtime);
        return above && `is paid for, and plugin "${above.provider}" sits above the gateway`;
      },
      log: (problem, error) => {
        runtime.logger.error({ src: 'gateway', error }, problem);
      },
    });
    return new TracedDesk(desk);
  }
}

/** `AgentRuntime` has this in public; `IAgentRuntime` does not say so. */
interface WithAdapter {
  readonly adapter?: IDatabaseAdapter;
}

// Where ElizaOS isolates what entities may see, each row is written in the name of its own.
function modelLog(runtime: IAgentRuntime & WithAdapter): ModelLog | undefined {
  const { adapter } = runtime;
  if (!adapter || environment('ENABLE_DATA_ISOLATION') === 'true') return undefined;
  return new ModelLog({
    adapter,
    store: new ModelLogStore(preparedExecutor(runtime.db as StatementExecutor<SQL>)),
    now: systemClock,
    log: (problem, error) => {
      runtime.logger.warn({ src: 'gateway', error }, problem);
    },
  });
}
