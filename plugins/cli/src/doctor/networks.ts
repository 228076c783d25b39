import { failed, ok, warning, type Check, type Environment, type Finding } from './check.ts';
import { answers, statusOf, takesConnections } from './reach.ts';

const POSTGRES_PORT = 5432;

export function databaseCheck({ POSTGRES_URL }: Environment): Check {
  return {
    name: 'database',
    run: async () => {
      if (!POSTGRES_URL) return ok('the embedded one, in the data directory');
      if (!URL.canParse(POSTGRES_URL))
        return failed('POSTGRES_URL is no address', 'Write postgres://user@host/database.');
      const { hostname, port } = new URL(POSTGRES_URL);
      const place = `${hostname}:${port || String(POSTGRES_PORT)}`;
      return (await takesConnections(hostname, Number(port) || POSTGRES_PORT))
        ? ok(`PostgreSQL at ${place}`)
        : failed(`nothing listens at ${place}`, 'Start PostgreSQL, or correct POSTGRES_URL.');
    },
  };
}

interface ModelProvider {
  readonly name: string;
  readonly key: string;
  readonly baseUrlSetting: string;
  readonly baseUrl: string;
  readonly headers: (key: string) => Record<string, string>;
}

const bearer = (key: string): Record<string, string> => ({ Authorization: `Bearer ${key}` });

const MODEL_PROVIDERS: readonly ModelProvider[] = [
  {
    ...{ name: 'OpenAI', key: 'OPENAI_API_KEY', headers: bearer },
    ...{ baseUrlSetting: 'OPENAI_BASE_URL', baseUrl: 'https://api.openai.com/v1' },
  },
  {
    ...{ name: 'Anthropic', key: 'ANTHROPIC_API_KEY' },
    ...{ baseUrlSetting: 'ANTHROPIC_BASE_URL', baseUrl: 'https://api.anthropic.com/v1' },
    headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
  },
  {
    ...{ name: 'OpenRouter', key: 'OPENROUTER_API_KEY', headers: bearer },
    ...{ baseUrlSetting: 'OPENROUTER_BASE_URL', baseUrl: 'https://openrouter.ai/api/v1' },
  },
  {
    ...{ name: 'Requesty', key: 'REQUESTY_API_KEY', headers: bearer },
    ...{ baseUrlSetting: 'REQUESTY_BASE_URL', baseUrl: 'https://router.requesty.ai/v1' },
  },
];

/** One check for each provider of models that is configured, or one that says that none is. */
export function modelChecks(environment: Environment): Check[] {
  const configured = MODEL_PROVIDERS.filter(({ key }) => environment[key]);
  if (configured.length > 0) return configured.map((provider) => modelCheck(provider, environment));
  const found = 'none but the built-in rules and what a local model server offers';
  const mend = 'Set OPENAI_API_KEY or another key in .env for questions that rules cannot answer.';
  return [{ name: 'models', run: async () => warning(found, mend) }];
}

function modelCheck(provider: ModelProvider, environment: Environment): Check {
  const key = environment[provider.key] ?? '';
  const baseUrl = environment[provider.baseUrlSetting] ?? provider.baseUrl;
  return {
    name: provider.name,
    run: async () => {
      const url = `${baseUrl.replace(/\/+$/, '')}/models`;
      return modelFinding(
        provider,
        baseUrl,
        await statusOf(url, { headers: provider.headers(key) }),
      );
    },
  };
}

function modelFinding(
  { key, baseUrlSetting }: ModelProvider,
  baseUrl: string,
  status: number | undefined,
): Finding {
  if (status === undefined)
    return failed(`${baseUrl} does not answer`, `Check the network, or ${baseUrlSetting}.`);
  if (status === 401 || status === 403)
    return failed(`${baseUrl} refuses the key`, `Put a valid key into ${key}.`);
  return status < 400
    ? ok(`${baseUrl} takes the key`)
    : warning(`${baseUrl} answered with HTTP ${status}`, `Check ${baseUrlSetting} and ${key}.`);
}

/** A network by its node, and how that shows that it is one. */
interface Network {
  readonly name: string;
  /** The first of them that is set counts. */
  readonly settings: readonly string[];
  readonly path: string;
  readonly request?: RequestInit;
}

const ASK_CHAIN = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] };

const NETWORKS: readonly Network[] = [
  { name: 'Akash', settings: ['AKASH_RPC_URL'], path: '/status' },
  {
    ...{ name: 'registry', settings: ['REGISTRY_RPC_URL', 'ETHEREUM_RPC_URL'], path: '' },
    request: {
      ...{ method: 'POST', body: JSON.stringify(ASK_CHAIN) },
      headers: { 'Content-Type': 'application/json' },
    },
  },
  {
    ...{ name: 'IPFS', settings: ['IPFS_API_URL'], path: '/api/v0/version' },
    request: { method: 'POST' },
  },
];

/** One check for each network whose address is set. */
export function networkChecks(environment: Environment): Check[] {
  return NETWORKS.flatMap((network) => {
    const setting = network.settings.find((name) => environment[name]);
    return setting === undefined
      ? []
      : [networkCheck(network, setting, environment[setting] ?? '')];
  });
}

function networkCheck({ name, path, request }: Network, setting: string, url: string): Check {
  return {
    name,
    run: async () => {
      // Some have a key in them.
      const place = URL.canParse(url) ? new URL(url).host : url;
      return (await answers(`${url.replace(/\/+$/, '')}${path}`, request))
        ? ok(`a node answers at ${place}`)
        : failed(`no node answers at ${place}`, `Check the network, or correct ${setting}.`);
    },
  };
}
