import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { ChatRequest } from '../ports.ts';
import { fetchWithin } from './fetch-within.ts';
import { SdkClient } from './sdk-client.ts';

/** Speaks Anthropic's messages protocol. The SDK loads with the first call. */
export class AnthropicClient extends SdkClient {
  constructor() {
    super(anthropicModel);
  }
}

async function anthropicModel({ endpoint, model }: ChatRequest): Promise<LanguageModelV4> {
  const { createAnthropic } = await import('@ai-sdk/anthropic');
  const provider = createAnthropic({
    name: endpoint.provider,
    baseURL: endpoint.baseUrl,
    // Without a key of ours the SDK would look for one in the environment.
    apiKey: endpoint.apiKey ?? '',
    fetch: fetchWithin,
  });
  return provider(model);
}
