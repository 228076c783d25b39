import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { ChatRequest } from '../ports.ts';
import { fetchWithin } from './fetch-within.ts';
import { SdkClient } from './sdk-client.ts';

/** Speaks the OpenAI chat protocol. The SDK loads with the first call. */
export class OpenaiCompatibleClient extends SdkClient {
  constructor() {
    super(openaiCompatibleModel);
  }
}

async function openaiCompatibleModel(request: ChatRequest): Promise<LanguageModelV4> {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const { endpoint } = request;
  const provider = createOpenAICompatible({
    name: endpoint.provider,
    baseURL: endpoint.baseUrl,
    includeUsage: true,
    supportsStructuredOutputs: true,
    ...(endpoint.apiKey ? { apiKey: endpoint.apiKey } : {}),
    fetch: fetchWithin,
    transformRequestBody: (body) => bodyFor(request, body),
  });
  return provider(request.model);
}

const REASONS = /^(?:o\d|gpt-[5-9])/;
const NOT_FOR_REASONING = [
  'max_tokens',
  'temperature',
  'stop',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
];

// OpenAI's reasoning models know the limit by its new name only, and refuse sampling settings;
// other servers know the old name only.
function bodyFor(request: ChatRequest, body: Record<string, unknown>): Record<string, unknown> {
  if (!REASONS.test(request.model)) return { ...body, ...request.body };
  const kept = Object.entries(body).filter(([field]) => !NOT_FOR_REASONING.includes(field));
  return {
    ...Object.fromEntries(kept),
    max_completion_tokens: body['max_tokens'],
    ...request.body,
  };
}
