import type { ChatRequest, Endpoint } from '../ports.ts';
import { fetchWithin } from './fetch-within.ts';
import { postJson } from './post-json.ts';
import { SdkClient, type SdkModel } from './sdk-client.ts';

/** Speaks the OpenAI chat protocol. The SDK loads with the first call. */
export class OpenaiCompatibleClient extends SdkClient {
  constructor() {
    super(openaiCompatibleModel);
  }
}

// The SDK builds its schemas anew with each model, which takes longer than the rest of a call.
const models = new WeakMap<Endpoint, Map<string, SdkModel>>();

async function openaiCompatibleModel(request: ChatRequest): Promise<SdkModel> {
  const { endpoint, model, body } = request;
  const known = models.get(endpoint) ?? new Map<string, SdkModel>();
  models.set(endpoint, known);
  const key = JSON.stringify([model, body]);
  const made = known.get(key) ?? (await makeModel(request));
  known.set(key, made);
  return made;
}

async function makeModel(request: ChatRequest): Promise<SdkModel> {
  const { OpenAICompatibleChatLanguageModel } = await import('@ai-sdk/openai-compatible');
  const { endpoint, model, body: extra } = request;
  const url = new URL(`${endpoint.baseUrl}/chat/completions`);
  const headers: Record<string, string> = endpoint.apiKey
    ? { authorization: `Bearer ${endpoint.apiKey}` }
    : {};
  const sdk = new OpenAICompatibleChatLanguageModel(model, {
    provider: endpoint.provider,
    url: () => url.href,
    headers: () => headers,
    includeUsage: true,
    supportsStructuredOutputs: true,
    fetch: fetchWithin,
    transformRequestBody: (body) => bodyFor(model, extra, body),
  });
  return {
    // The SDK says what to send and reads what comes. Its way in between takes as long as both.
    doGenerate: async (options) => {
      const { body } = await sdk.prepareRequest(options);
      const answer = await postJson({ url, headers, body, signal: options.abortSignal });
      return sdk.convertResponse({ body: answer });
    },
    doStream: (options) => sdk.doStream(options),
  };
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
function bodyFor(
  model: string,
  extra: ChatRequest['body'],
  body: Record<string, unknown>,
): Record<string, unknown> {
  if (!REASONS.test(model)) return { ...body, ...extra };
  const kept = Object.entries(body).filter(([field]) => !NOT_FOR_REASONING.includes(field));
  return {
    ...Object.fromEntries(kept),
    max_completion_tokens: body['max_tokens'],
    ...extra,
  };
}
