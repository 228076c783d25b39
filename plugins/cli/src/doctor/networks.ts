import { z } from 'zod';
import { failed, ok, warning, type Check, type Environment, type Finding } from './check.ts';
import { answerOf, placeOf, statusOf, takesConnections, withoutSlash } from './reach.ts';

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

/** Who sells models, and how it is found out whether it takes a key. */
export interface ModelProvider {
  readonly name: string;
  readonly key: string;
  readonly baseUrlSetting: string;
  readonly baseUrl: string;
  readonly headers: (key: string) => Record<string, string>;
  /** What it shows nobody without a good key. */
  readonly path: string;
}

const bearer = (key: string): Record<string, string> => ({ Authorization: `Bearer ${key}` });

export const MODEL_PROVIDERS: readonly ModelProvider[] = [
  {
    ...{ name: 'OpenAI', key: 'OPENAI_API_KEY', headers: bearer, path: 'models' },
    ...{ baseUrlSetting: 'OPENAI_BASE_URL', baseUrl: 'https://api.openai.com/v1' },
  },
  {
    ...{ name: 'Anthropic', key: 'ANTHROPIC_API_KEY', path: 'models' },
    ...{ baseUrlSetting: 'ANTHROPIC_BASE_URL', baseUrl: 'https://api.anthropic.com/v1' },
    headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
  },
  {
    ...{ name: 'OpenRouter', key: 'OPENROUTER_API_KEY', headers: bearer },
    // Its list of models is for everybody.
    path: 'key',
    ...{ baseUrlSetting: 'OPENROUTER_BASE_URL', baseUrl: 'https://openrouter.ai/api/v1' },
  },
  {
    ...{ name: 'Requesty', key: 'REQUESTY_API_KEY', headers: bearer, path: 'models' },
    ...{ baseUrlSetting: 'REQUESTY_BASE_URL', baseUrl: 'https://router.requesty.ai/v1' },
  },
];

/** One check for each provider of models that is configured, or one that says that none is. */
export function modelChecks(environment: Environment): Check[] {
  const configured = MODEL_PROVIDERS.filter(({ key }) => environment[key]);
  if (configured.length > 0 || environment['GGUF_MODEL_PATH'])
    return configured.map((provider) => modelCheck(provider, environment));
  const found = 'none but the built-in rules and what a local model server offers';
  const mend =
    'Run "npx 371os init" to set a key or get a model, for questions that rules cannot answer.';
  return [{ name: 'models', run: async () => warning(found, mend) }];
}

export function modelCheck(provider: ModelProvider, environment: Environment): Check {
  const key = environment[provider.key] ?? '';
  const baseUrl = environment[provider.baseUrlSetting] ?? provider.baseUrl;
  return {
    name: provider.name,
    run: async () => {
      const url = `${withoutSlash(baseUrl)}/${provider.path}`;
      const status = await statusOf(url, { headers: provider.headers(key) });
      return modelFinding(provider, placeOf(baseUrl), status);
    },
  };
}

function modelFinding(
  { key, baseUrlSetting }: ModelProvider,
  place: string,
  status: number | undefined,
): Finding {
  if (status === undefined)
    return failed(`${place} does not answer`, `Check the network, or ${baseUrlSetting}.`);
  if (status === 401 || status === 403)
    return failed(`${place} refuses the key`, `Put a valid key into ${key}.`);
  return status < 400
    ? ok(`${place} takes the key`)
    : warning(`${place} answered with HTTP ${status}`, `Check ${baseUrlSetting} and ${key}.`);
}

/** One check for each network that is set. The nodes of Akash's own networks are asked by the server alone. */
export function networkChecks(environment: Environment): Check[] {
  const { AKASH_NETWORK, AKASH_RPC_URL, IPFS_API_URL } = environment;
  const { REGISTRY_CHAIN_ID, ETHEREUM_RPC_URL } = environment;
  // Other plugins read ETHEREUM_RPC_URL, too: with no chain for the registry it is none of ours.
  const chainUrl = environment['REGISTRY_RPC_URL'] ?? (REGISTRY_CHAIN_ID && ETHEREUM_RPC_URL);
  return [
    ...(AKASH_NETWORK === 'custom' && !AKASH_RPC_URL ? [noAkashNode] : []),
    ...(AKASH_RPC_URL ? [akashCheck(AKASH_RPC_URL, environment)] : []),
    ...(chainUrl ? [registryCheck(chainUrl, environment)] : []),
    ...(IPFS_API_URL ? [ipfsCheck(IPFS_API_URL, environment)] : []),
  ];
}

const noAkashNode: Check = {
  name: 'Akash',
  run: async () =>
    failed('a custom network has no node', 'Set AKASH_RPC_URL and AKASH_CHAIN_ID, too.'),
};

const akashStatus = z.object({
  result: z.object({ node_info: z.object({ network: z.string() }) }),
});

function akashCheck(url: string, { AKASH_CHAIN_ID, AKASH_NETWORK }: Environment): Check {
  const run = async (): Promise<Finding> => {
    const answer = await answerOf(`${withoutSlash(url)}/status`);
    const chain = akashStatus.safeParse(answer?.body).data?.result.node_info.network;
    // A network that is named brings the id of its chain with it.
    const isNamed = AKASH_NETWORK !== undefined && AKASH_NETWORK !== 'custom';
    const wanted = AKASH_CHAIN_ID ?? (isNamed ? chain : undefined);
    return chainFinding({ url, chain, wanted, prefix: 'AKASH' });
  };
  return { name: 'Akash', run };
}

const chainAnswer = z.object({ result: z.string().regex(/^0x[0-9a-fA-F]{1,13}$/) });

function registryCheck(url: string, { REGISTRY_CHAIN_ID }: Environment): Check {
  const run = async (): Promise<Finding> => {
    const answer = await answerOf(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
    });
    const { data } = chainAnswer.safeParse(answer?.body);
    const chain = data && String(Number(data.result));
    return chainFinding({ url, chain, wanted: REGISTRY_CHAIN_ID, prefix: 'REGISTRY' });
  };
  return { name: 'registry', run };
}

interface ChainFound {
  readonly url: string;
  /** What the node says; undefined when none answers. */
  readonly chain: string | undefined;
  readonly wanted: string | undefined;
  readonly prefix: 'AKASH' | 'REGISTRY';
}

function chainFinding({ url, chain, wanted, prefix }: ChainFound): Finding {
  const place = placeOf(url);
  if (chain === undefined)
    return failed(`no node answers at ${place}`, `Correct ${prefix}_RPC_URL.`);
  if (wanted === chain) return ok(`a node of ${chain} answers at ${place}`);
  const mend = `Set ${prefix}_CHAIN_ID=${chain}, or the address of another node in ${prefix}_RPC_URL.`;
  return failed(`the node at ${place} is of ${chain}, and ${wanted ?? 'no chain'} is set`, mend);
}

function ipfsCheck(url: string, { IPFS_API_KEY, IPFS_API_SECRET }: Environment): Check {
  const run = async (): Promise<Finding> => {
    const password = Buffer.from(`${IPFS_API_KEY ?? ''}:${IPFS_API_SECRET ?? ''}`);
    const status = await statusOf(`${placeOf(url)}/api/v0/version`, {
      method: 'POST',
      headers: IPFS_API_KEY ? { Authorization: `Basic ${password.toString('base64')}` } : {},
    });
    if (status === 401 || status === 403)
      return failed(`${placeOf(url)} refuses us`, 'Correct IPFS_API_KEY and IPFS_API_SECRET.');
    return status !== undefined && status < 400
      ? ok(`an IPFS node answers at ${placeOf(url)}`)
      : failed(`no IPFS node answers at ${placeOf(url)}`, 'Correct IPFS_API_URL.');
  };
  return { name: 'IPFS', run };
}
