// The part of node-llama-cpp 3.22 that we use: who wants a model from a file installs it, so its own
// types are not always there.
declare module 'node-llama-cpp' {
  export type ChatHistoryItem =
    | { readonly type: 'system' | 'user'; readonly text: string }
    | { readonly type: 'model'; readonly response: string[] };

  export interface LlamaOptions {
    readonly gpu: false;
    readonly build: 'never';
    readonly skipDownload: boolean;
    readonly progressLogs: boolean;
    readonly maxThreads: number;
    readonly logger: (level: string, message: string) => void;
  }
  export interface Llama {
    loadModel(options: { modelPath: string; loadSignal?: AbortSignal }): Promise<LlamaModel>;
    /** @throws when the schema has something that it does not know */
    createGrammarForJsonSchema(schema: object): Promise<LlamaGrammar>;
    getGrammarFor(type: 'json'): Promise<LlamaGrammar>;
    dispose(): Promise<void>;
  }
  export interface LlamaGrammar {
    readonly grammar: string;
  }
  export interface LlamaModel {
    readonly trainContextSize: number;
    readonly tokenizer: (text: string) => readonly number[];
    createContext(options: { contextSize: number; sequences: number }): Promise<LlamaContext>;
  }
  export interface LlamaContext {
    readonly contextSize: number;
    getSequence(): LlamaContextSequence;
  }
  export interface LlamaContextSequence {
    readonly tokenMeter: { readonly usedOutputTokens: number };
  }
  export interface ChatWrapper {
    generateContextState(state: { chatHistory: readonly ChatHistoryItem[] }): {
      readonly contextText: {
        tokenize(tokenizer: LlamaModel['tokenizer'], options: 'trimLeadingSpace'): number[];
      };
    };
  }

  export interface GenerateOptions {
    readonly maxTokens: number;
    readonly temperature: number;
    readonly signal: AbortSignal;
    readonly onTextChunk: (text: string) => void;
    readonly topP?: number;
    readonly seed?: number;
    readonly customStopTriggers?: readonly string[];
    readonly repeatPenalty?: { frequencyPenalty?: number; presencePenalty?: number };
    readonly grammar?: LlamaGrammar;
  }
  export class LlamaChat {
    constructor(options: { contextSequence: LlamaContextSequence; autoDisposeSequence: boolean });
    readonly chatWrapper: ChatWrapper;
    generateResponse(
      history: ChatHistoryItem[],
      options: GenerateOptions,
    ): Promise<{ readonly response: string; readonly metadata: { readonly stopReason: string } }>;
    dispose(): void;
  }

  export function getLlama(options: LlamaOptions): Promise<Llama>;
}
