import { booleanSetting, integerSetting } from '@371os/kernel';
import { z } from 'zod';

const httpUrl = z.url({
  protocol: /^https?$/,
  error: 'an http:// or https:// address is expected',
});

/** Settings of the gateway; each agent may have its own. */
export const gatewaySettings = z.object({
  /** Key of OpenAI, or of the OpenAI-compatible server at OPENAI_BASE_URL. */
  OPENAI_API_KEY: z.string().optional(),
  /** Where that server is; OpenAI when only the key is set. */
  OPENAI_BASE_URL: httpUrl.optional(),
  /** Key of Anthropic. */
  ANTHROPIC_API_KEY: z.string().optional(),
  /** Where its protocol is spoken instead, with the version: https://…/v1. */
  ANTHROPIC_BASE_URL: httpUrl.optional(),
  /** Key of OpenRouter. */
  OPENROUTER_API_KEY: z.string().optional(),
  /** Where it is reached instead. */
  OPENROUTER_BASE_URL: httpUrl.optional(),
  /** Key of Requesty. */
  REQUESTY_API_KEY: z.string().optional(),
  /** Where it is reached instead. */
  REQUESTY_BASE_URL: httpUrl.optional(),
  /** Takes the cheap slot, and TEXT_SMALL and OBJECT_SMALL calls of the default slot. */
  OPENAI_SMALL_MODEL: z.string().min(1).optional(),
  /** Takes the default, quality and long slots. */
  OPENAI_LARGE_MODEL: z.string().min(1).optional(),
  /** Where Ollama listens. Only a loopback address counts as this machine. */
  OLLAMA_API_ENDPOINT: httpUrl.default('http://127.0.0.1:11434'),
  /** Where LocalAI listens. Only a loopback address counts as this machine. */
  LOCALAI_BASE_URL: httpUrl.default('http://127.0.0.1:8080/v1'),
  /** Whether Ollama and LocalAI are looked for. */
  LOCAL_MODEL_DISCOVERY: booleanSetting.default(true),
  /** How often they are looked for, in milliseconds. */
  MODEL_PROBE_MS: integerSetting(50, 3_600_000).default(15_000),
  /** A model file in the GGUF format, which this process computes itself. */
  GGUF_MODEL_PATH: z.string().min(1).optional(),
  /** The longest prompt and answer that it takes together, in tokens. */
  GGUF_CONTEXT_TOKENS: integerSetting(512, 1_000_000).default(8_192),
  /** A JSON file that extends or overrides the model catalogue. */
  MODEL_CATALOGUE: z.string().min(1).optional(),
  /** Longest answer of one call, in tokens. */
  MODEL_MAX_TOKENS: integerSetting(16, 1_000_000).default(2048),
  /** How long a call may take, or a stream may be silent, in milliseconds. */
  MODEL_TIMEOUT_MS: integerSetting(50, 3_600_000).default(60_000),
  /** How long a model is left alone after three failures in a row, in milliseconds. */
  MODEL_REST_MS: integerSetting(50, 3_600_000).default(30_000),
  /** The same after a wrong key, an empty account or a removed model; the most of a Retry-After. */
  MODEL_LONG_REST_MS: integerSetting(50, 86_400_000).default(600_000),
  /** How long one text may take to be embedded, in milliseconds. */
  EMBEDDING_TIMEOUT_MS: integerSetting(50, 600_000).default(20_000),
  /** `high` lets this agent use the quality slot while over 20 % of the budget is left. */
  QUALITY: z.enum(['normal', 'high']).default('normal'),
  /** This agent never uses a language model. */
  ONLY_RULES: booleanSetting.default(false),
  /** Spans hold what was asked and answered, unless it is confidential. */
  TRACE_CONTENT: booleanSetting.default(false),
  /** Everything that this agent is told stays on this machine. */
  CONFIDENTIAL: booleanSetting.default(false),
});

export type GatewaySettings = Readonly<z.output<typeof gatewaySettings>>;
