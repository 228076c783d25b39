import { z } from 'zod';
import type { Endpoint, LocalDiscovery } from '../ports.ts';

const PROBE_TIMEOUT_MS = 1_500;
const LARGEST_ANSWER_BYTES = 4_000_000;

const ollamaTags = z.object({
  models: z.array(
    z.object({
      name: z.string().min(1),
      // Ollama lists models of its cloud beside those of the machine.
      remote_host: z.string().optional(),
      remote_model: z.string().optional(),
    }),
  ),
});

const openaiModels = z.object({
  data: z.array(z.object({ id: z.string().min(1), owned_by: z.string().optional() })),
});

// Not for dialog: embeddings, speech, pictures.
const OTHER_KINDS = /embed|minilm|bge-|whisper|piper|tts|rerank|stable-?diffusion|flux|clip/i;
// A proxy on this machine that passes prompts on to these is no local model.
const CLOUD_OWNERS = /openai|anthropic|google|azure|mistral|cohere|groq|openrouter|bedrock|vertex/i;

interface DiscoveryInit {
  readonly ollamaUrl: string;
  readonly localaiUrl: string;
}

/** Looks for Ollama and LocalAI where they listen. Only what answers on loopback counts as local. */
export class HttpLocalDiscovery implements LocalDiscovery {
  readonly #init: DiscoveryInit;

  constructor(init: DiscoveryInit) {
    this.#init = init;
  }

  async probe(): Promise<Endpoint[]> {
    const found = await Promise.all([this.#probeOllama(), this.#probeLocalai()]);
    return found.filter((endpoint) => endpoint !== undefined);
  }

  async #probeOllama(): Promise<Endpoint | undefined> {
    // Other plugins write the same setting with /api at its end.
    const root = this.#init.ollamaUrl.replace(/\/+$/, '').replace(/\/(?:api|v1)$/, '');
    const tags = ollamaTags.safeParse(await getJson(`${root}/api/tags`));
    if (!tags.success) return undefined;
    const models = tags.data.models
      .filter(
        ({ name, remote_host, remote_model }) =>
          !remote_host && !remote_model && !/[:-]cloud$/.test(name),
      )
      .map(({ name }) => name);
    return endpointOf('ollama', `${root}/v1`, models);
  }

  async #probeLocalai(): Promise<Endpoint | undefined> {
    const baseUrl = this.#init.localaiUrl.replace(/\/+$/, '');
    const list = openaiModels.safeParse(await getJson(`${baseUrl}/models`));
    if (!list.success) return undefined;
    const models = list.data.data
      .filter(({ owned_by }) => !CLOUD_OWNERS.test(owned_by ?? ''))
      .map(({ id }) => id);
    return endpointOf('localai', baseUrl, models);
  }
}

function endpointOf(
  provider: string,
  baseUrl: string,
  names: readonly string[],
): Endpoint | undefined {
  const models = names.filter((name) => !OTHER_KINDS.test(name));
  return models.length === 0
    ? undefined
    : { provider, api: 'openai', baseUrl, isLocal: isLoopback(baseUrl), models };
}

/** Whether an address cannot lead off this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

async function getJson(url: string): Promise<unknown> {
  try {
    return await requestJson(url).catch((error: unknown) => {
      // A process that is busy starting agents looks at its clock before its sockets.
      if (isTimeout(error)) return requestJson(url);
      throw error;
    });
  } catch {
    // Nobody listens there, or something that speaks otherwise: no models, which is usual.
    return undefined;
  }
}

async function requestJson(url: string): Promise<unknown> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    // A redirect could lead off the machine.
    redirect: 'error',
  });
  const isTooLarge = Number(response.headers.get('content-length')) > LARGEST_ANSWER_BYTES;
  return response.ok && !isTooLarge ? response.json() : undefined;
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError'
  );
}
