import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Chain } from '../chain.ts';
import { ChainError } from '../chain-error.ts';
import { findQuery } from '../queries.ts';
import { gatewayJson } from './gateway-json.ts';

// Paths of the REST gateway and the queries behind them; `{name}` goes into the request.
const ROUTES = {
  '/cosmos/auth/v1beta1/accounts/{address}': '/cosmos.auth.v1beta1.Query/Account',
  '/cosmos/bank/v1beta1/balances/{address}': '/cosmos.bank.v1beta1.Query/AllBalances',
  '/cosmos/bank/v1beta1/balances/{address}/by_denom': '/cosmos.bank.v1beta1.Query/Balance',
  '/cosmos/tx/v1beta1/txs/{hash}': '/cosmos.tx.v1beta1.Service/GetTx',
  '/akash/deployment/v1beta4/deployments/list': '/akash.deployment.v1beta4.Query/Deployments',
  '/akash/deployment/v1beta4/deployments/info': '/akash.deployment.v1beta4.Query/Deployment',
  '/akash/deployment/v1beta4/groups/info': '/akash.deployment.v1beta4.Query/Group',
  '/akash/deployment/v1beta4/params': '/akash.deployment.v1beta4.Query/Params',
  '/akash/market/v1beta5/orders/list': '/akash.market.v1beta5.Query/Orders',
  '/akash/market/v1beta5/orders/info': '/akash.market.v1beta5.Query/Order',
  '/akash/market/v1beta5/bids/list': '/akash.market.v1beta5.Query/Bids',
  '/akash/market/v1beta5/bids/info': '/akash.market.v1beta5.Query/Bid',
  '/akash/market/v1beta5/leases/list': '/akash.market.v1beta5.Query/Leases',
  '/akash/market/v1beta5/leases/info': '/akash.market.v1beta5.Query/Lease',
  '/akash/market/v1beta5/params': '/akash.market.v1beta5.Query/Params',
  '/akash/provider/v1beta4/providers': '/akash.provider.v1beta4.Query/Providers',
  '/akash/provider/v1beta4/providers/{owner}': '/akash.provider.v1beta4.Query/Provider',
  '/akash/audit/v1/audit/attributes/list': '/akash.audit.v1.Query/AllProvidersAttributes',
  '/akash/audit/v1/audit/attributes/{owner}/list': '/akash.audit.v1.Query/ProviderAttributes',
  '/akash/cert/v1/certificates/list': '/akash.cert.v1.Query/Certificates',
  '/akash/escrow/v1/types/accounts': '/akash.escrow.v1.Query/Accounts',
  '/akash/escrow/v1/types/payments': '/akash.escrow.v1.Query/Payments',
  '/akash/bme/v1/params': '/akash.bme.v1.Query/Params',
  '/akash/bme/v1/status': '/akash.bme.v1.Query/Status',
  '/akash/bme/v1/vault': '/akash.bme.v1.Query/VaultState',
  '/akash/bme/v1/ledger': '/akash.bme.v1.Query/LedgerRecords',
  '/akash/oracle/v1/aggregated_price/{denom}': '/akash.oracle.v1.Query/AggregatedPrice',
  '/akash/oracle/v2/aggregated_price/{denom}': '/akash.oracle.v1.Query/AggregatedPrice',
} as const;

// By the codes of gRPC: not found is 5, an argument that is wrong 3, what nobody implements 12.
const NOT_FOUND = /not ?found|does not exist|unknown/i;

/** The chain's REST gateway: the queries of our flow over GET and JSON. */
export function restGateway(chain: Chain): Server {
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const route = request.method === 'GET' ? findRoute(pathname) : undefined;
    if (!route) {
      send(response, 501, { code: 12, message: 'Unimplemented', details: [] });
      return;
    }
    answer(chain, route.query, { ...nested(searchParams), ...route.parameters }, response);
  });
}

function answer(chain: Chain, path: string, request: object, response: ServerResponse): void {
  try {
    const result = findQuery(path)?.answerJson(chain, request);
    send(response, 200, result && gatewayJson(result.codec, result.response));
  } catch (error) {
    const message = error instanceof ChainError ? error.message : 'invalid request';
    const isMissing = NOT_FOUND.test(message);
    send(response, isMissing ? 404 : 400, { code: isMissing ? 5 : 3, message, details: [] });
  }
}

function findRoute(
  pathname: string,
): { query: string; parameters: Readonly<Record<string, string>> } | undefined {
  for (const [pattern, query] of Object.entries(ROUTES)) {
    const source = pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const match = new RegExp(`^${source}$`).exec(pathname);
    if (match) return { query, parameters: match.groups ?? {} };
  }
  return undefined;
}

/** `filters.owner=a&pagination.limit=5` as `{ filters: { owner }, pagination: { limit } }`. */
function nested(parameters: URLSearchParams): Record<string, unknown> {
  const result = emptyRecord();
  for (const [path, value] of parameters) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let target = result;
    for (const name of names) target = (target[name] ??= emptyRecord()) as Record<string, unknown>;
    target[last] = value;
  }
  return result;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

// Without a prototype, so that no parameter can reach it.
function emptyRecord(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}
