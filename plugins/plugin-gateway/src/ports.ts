import type { PicoUsd } from '@371os/kernel';
import type {
  ChatMessage,
  FinishReason,
  JsonFormat,
  Tool,
  ToolCall,
  ToolChoice,
} from './domain/chat.ts';
import type { LearnedRatio } from './domain/learned-ratio.ts';
import type { AnswerPiece, Sampling } from './domain/model-call.ts';
import type { ModelPrice } from './domain/price.ts';

/** Whose budgets a call counts against. */
export interface SpendScopes {
  readonly agent?: string;
  readonly user?: string;
  readonly task?: string;
}

export type CallStatus = 'ok' | 'fallback' | 'error';

/** What a call has really used. */
export interface CallUse {
  readonly provider: string;
  readonly model: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly status: CallStatus;
  readonly callId?: string;
}

/** The part of the treasury that a model call needs. */
export interface Treasury {
  /** @throws BudgetExceededError */
  reserve(init: {
    category: 'llm';
    amountPico: PicoUsd;
    scopes: SpendScopes;
    ttlMs?: number;
    /** What a lease that runs out means: the money may have been spent, so it counts as spent. */
    chargeOnExpiry?: boolean;
  }): Promise<{ readonly id: string }>;
  /** Takes down what a reservation really cost; it is in the ledger a moment later. */
  settleSoon(id: string, use: CallUse & { costPico: PicoUsd; priceId?: string }): void;
  release(id: string): Promise<unknown>;
  renew(id: string): Promise<unknown>;
  recordFreeSoon(use: CallUse & { category: 'llm'; scopes: SpendScopes }): void;
  /** What is left of the tightest cap, 0 to 1; it may be a second old. */
  remainingFraction(scopes: SpendScopes): Promise<number>;
}

/** What a model server is spoken to in. */
export type Api = 'openai' | 'anthropic' | 'gguf';

/** A server, or a file, that models are reached through. */
export interface Endpoint {
  readonly provider: string;
  readonly api: Api;
  /** An http address, or the path of a GGUF file. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** Known to run on this machine: free, and allowed confidential text. */
  readonly isLocal: boolean;
  /** Whether what it says that a call cost is in USD and can be believed. */
  readonly reportsCost?: boolean | undefined;
  /** The longest prompt and answer together, in tokens, where the endpoint sets it and no model. */
  readonly contextTokens?: number | undefined;
  /** The models that it says it has; undefined for an endpoint that is not asked. */
  readonly models?: readonly string[] | undefined;
}

export interface ChatRequest {
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /** Whether nothing of it may leave this machine, traces and logs included. */
  readonly isConfidential: boolean;
  readonly tools?: readonly Tool[] | undefined;
  readonly toolChoice?: ToolChoice | undefined;
  readonly json?: JsonFormat | undefined;
  readonly maxTokens: number;
  readonly sampling?: Sampling | undefined;
  /** Fields of the provider's own, from the catalogue. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** How long an answer may take, or a stream be silent. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a call used as the provider reports it, unchecked. */
export interface ReportedUsage {
  readonly tokensIn?: number | undefined;
  readonly tokensOut?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  /** What the provider says that it charges, in USD. */
  readonly costUsd?: number | undefined;
}

/** How an answer ended. */
export interface ChatEnd {
  readonly usage: ReportedUsage;
  readonly finishReason: FinishReason;
  /** The model that the provider says has answered. */
  readonly servedModel?: string | undefined;
}

export interface ChatAnswer extends ChatEnd {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
}

/** Pieces of an answer, what the model thinks before it, then one `end`. */
export type ChatEvent =
  | AnswerPiece
  | { readonly type: 'thinking'; readonly text: string }
  | ({ readonly type: 'end' } & ChatEnd);

/** Speaks to one kind of model server. */
export interface ChatClient {
  /** @throws ModelCallError, ModelCallAbortedError */
  generate(request: ChatRequest): Promise<ChatAnswer>;
  /** Closing the iterator stops the provider. @throws as `generate` */
  stream(request: ChatRequest): AsyncGenerator<ChatEvent, void>;
}

/** Published prices. */
export interface PriceBook {
  /** Undefined when the price is not known. */
  find(query: PriceQuery): KnownModel | undefined;
}

export interface PriceQuery {
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  /** The model's name begins with the vendor's, whose prices hold. */
  readonly isNamedByVendor?: boolean | undefined;
}

export interface KnownModel {
  readonly price: ModelPrice;
  readonly contextTokens?: number | undefined;
}

export interface TokenCounter {
  /** Tokens of a text in the o200k encoding; never freezes the event loop for long. */
  count(text: string): Promise<number>;
}

/** Turns texts into vectors of their meaning. */
export interface Embedder {
  /** One vector of 512 numbers for each text. @throws EmbeddingFailedError */
  embed(texts: readonly string[], timeoutMs: number): Promise<number[][]>;
}

/** What a call has used, for those who keep count of it themselves. */
export interface ModelUse extends CallUse {
  readonly callId: string;
  readonly costPico: PicoUsd;
  readonly modelType: string;
  /** How the prompt begins; nothing of what is confidential. */
  readonly prompt: string;
}

/** Keeps what was learned about estimating models. @throws EstimatesUnreadableError */
export interface RatioStore {
  /** By `provider:model`. */
  load(): Promise<ReadonlyMap<string, LearnedRatio>>;
  /** Never lowers what is kept. */
  save(model: string, ratio: LearnedRatio): Promise<void>;
}

/** Finds the models that run on this machine. */
export interface LocalDiscovery {
  probe(): Promise<Endpoint[]>;
}
