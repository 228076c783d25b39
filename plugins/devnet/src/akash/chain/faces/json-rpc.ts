import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readBody } from '../../loopback-server.ts';
import { hashOf, type Chain, type TransactionRecord } from '../chain.ts';
import { ChainError } from '../chain-error.ts';
import { findQuery } from '../queries.ts';

// The version tells clients which form of CometBFT's answers to expect.
const COMETBFT_VERSION = '0.38.21';
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
const INTERNAL = -32_603;

type Params = Readonly<Record<string, string | undefined>>;

interface Refusal {
  readonly code: number;
  readonly message: string;
  readonly data: string;
}

class RpcRefusal extends ChainError {
  readonly refusal: Refusal;

  constructor(code: number, message: string, data = '') {
    super({ error: 'sdk.unknownRequest' });
    this.refusal = { code, message, data };
  }
}

/** CometBFT's JSON-RPC, as far as clients that sign, broadcast and query use it. */
export function jsonRpcServer(chain: Chain): Server {
  return createServer((request, response) => {
    answer(chain, request)
      .catch((error: unknown) => failure(-1, error))
      .then((body) => {
        sendJson(response, body);
      }, response.destroy.bind(response));
  });
}

async function answer(chain: Chain, request: IncomingMessage): Promise<object> {
  if (request.method === 'GET') {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    return call(chain, -1, pathname.slice(1), Object.fromEntries(searchParams));
  }
  const body = JSON.parse((await readBody(request)).toString()) as {
    id?: unknown;
    method?: unknown;
    params?: Params;
  };
  return call(chain, body.id ?? -1, String(body.method), body.params ?? {});
}

function call(chain: Chain, id: unknown, method: string, params: Params): object {
  try {
    const run = METHODS[method];
    if (!run) throw new RpcRefusal(METHOD_NOT_FOUND, 'Method not found', method);
    return { jsonrpc: '2.0', id, result: run(chain, params) };
  } catch (error) {
    return failure(id, error);
  }
}

function failure(id: unknown, error: unknown): object {
  const refusal =
    error instanceof RpcRefusal
      ? error.refusal
      : { code: INTERNAL, message: 'Internal error', data: 'the request could not be read' };
  return { jsonrpc: '2.0', id, error: refusal };
}

function sendJson(response: ServerResponse, body: object): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(body));
}

const METHODS: Readonly<Record<string, (chain: Chain, params: Params) => object>> = {
  health: () => ({}),

  status: (chain) => ({
    node_info: {
      protocol_version: { p2p: '8', block: '11', app: '0' },
      ...{ id: '0'.repeat(40), listen_addr: 'tcp://127.0.0.1:0', network: chain.chainId },
      ...{ version: COMETBFT_VERSION, channels: '', moniker: '371os-devnet' },
      other: { tx_index: 'on', rpc_address: '' },
    },
    sync_info: {
      ...{ latest_block_hash: blockHash(chain.height), latest_app_hash: blockHash(chain.height) },
      latest_block_height: String(chain.height),
      latest_block_time: new Date(chain.timeMs).toISOString(),
      ...{
        earliest_block_hash: blockHash(1),
        earliest_app_hash: blockHash(1),
        earliest_block_height: '1',
      },
      earliest_block_time: new Date(0).toISOString(),
      catching_up: false,
    },
    validator_info: {
      address: '0'.repeat(40),
      pub_key: { type: 'tendermint/PubKeyEd25519', value: Buffer.alloc(32).toString('base64') },
      voting_power: '1',
    },
  }),

  abci_info: (chain) => ({
    response: { data: 'akash', version: 'v2.1.0', last_block_height: String(chain.height) },
  }),

  abci_query: (chain, { path, data }) => {
    const request = Buffer.from((data ?? '').replace(/^0x/, ''), 'hex');
    const shared = { info: '', index: '0', proofOps: null, height: String(chain.height) };
    try {
      const query = findQuery(unquoted(path));
      if (!query)
        throw new ChainError({ error: 'sdk.unknownRequest', problem: 'unknown query path' });
      const value = Buffer.from(query.answer(chain, request)).toString('base64');
      return { response: { ...shared, code: 0, log: '', key: null, value, codespace: '' } };
    } catch (error) {
      const { number = 1, codespace = 'sdk' } = error instanceof ChainError ? error : {};
      const log = error instanceof ChainError ? error.message : 'the request could not be decoded';
      return { response: { ...shared, code: number, log, key: null, value: null, codespace } };
    }
  },

  broadcast_tx_sync: (chain, { tx }) => {
    const bytes = Buffer.from(unquoted(tx), 'base64');
    if (chain.knows(hashOf(bytes)))
      throw new RpcRefusal(INTERNAL, 'Internal error', 'tx already exists in cache');
    const { code, codespace, log, hash } = chain.submit(bytes);
    return { code, data: '', log, codespace, hash };
  },

  tx: (chain, { hash }) => {
    const wanted = Buffer.from(unquoted(hash), 'base64').toString('hex');
    const record = chain.transaction(wanted);
    if (!record) throw new RpcRefusal(INTERNAL, 'Internal error', `tx (${wanted}) not found`);
    return presentTransaction(record);
  },

  tx_search: (chain, { query }) => {
    const [, hash] = /^\s*tx\.hash\s*=\s*'([0-9a-fA-F]+)'\s*$/.exec(unquoted(query)) ?? [];
    if (!hash)
      throw new RpcRefusal(INVALID_PARAMS, 'Invalid params', "only tx.hash='...' can be searched");
    const record = chain.transaction(hash);
    const txs = record ? [presentTransaction(record)] : [];
    return { txs, total_count: String(txs.length) };
  },
};

// Over GET, texts stand in quotes.
function unquoted(text = ''): string {
  return text.replace(/^"(.*)"$/, '$1');
}

function blockHash(height: number): string {
  return height.toString(16).toUpperCase().padStart(64, '0');
}

function presentTransaction(record: TransactionRecord): object {
  const { hash, height, index, tx, code, codespace, log, data, gasWanted, gasUsed } = record;
  return {
    ...{ hash, height: String(height), index, tx },
    tx_result: {
      ...{ code, codespace, log, data, info: '', gas_wanted: gasWanted, gas_used: gasUsed },
      events: record.events.map(({ type, attributes }) => ({
        type,
        attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index: true })),
      })),
    },
  };
}
