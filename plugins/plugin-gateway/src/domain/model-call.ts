import type { PicoUsd } from '@371os/kernel';
import type { ChatMessage, FinishReason, JsonFormat, Tool, ToolCall, ToolChoice } from './chat.ts';

/** How a model picks its words; what is missing is left to the provider. */
export interface Sampling {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly seed?: number | undefined;
  readonly stopSequences?: readonly string[] | undefined;
}

interface CallOptions {
  /** The ElizaOS model type that the call stands for. Default: TEXT_LARGE. */
  readonly modelType?: string | undefined;
  /**
   * `provider:model` for that model alone, without a fallback, or the name of a slot. By default
   * the policy chooses. Privacy and budget bind in any case.
   */
  readonly model?: string | undefined;
  readonly tools?: readonly Tool[] | undefined;
  readonly toolChoice?: ToolChoice | undefined;
  /** Set when the answer has to be JSON. */
  readonly json?: JsonFormat | undefined;
  /** Longest answer in tokens; never more than MODEL_MAX_TOKENS. */
  readonly maxTokens?: number | undefined;
  readonly sampling?: Sampling | undefined;
  /** Aborts the call; what was written until then is paid for. */
  readonly signal?: AbortSignal | undefined;
}

/** What is wanted from a model: one prompt, or a whole conversation. */
export type ModelCall = CallOptions &
  (
    | {
        readonly prompt: string;
        readonly system?: string | undefined;
        readonly messages?: undefined;
      }
    | {
        readonly messages: readonly ChatMessage[];
        readonly prompt?: undefined;
        readonly system?: undefined;
      }
  );

/** What a model has answered, and what that cost. */
export interface ModelAnswer {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  /** Tokens as they were charged. */
  readonly usage: { readonly tokensIn: number; readonly tokensOut: number };
  /** `provider:model` that answered. */
  readonly model: string;
  readonly costPico: PicoUsd;
  /** The id under which ledger, record and trace have the call. */
  readonly callId: string;
}

/** A part of an answer that is still being written. */
export type AnswerPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool-call'; readonly toolCall: ToolCall };
