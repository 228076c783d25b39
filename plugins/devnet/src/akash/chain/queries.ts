import {
  MintStatus,
  QueryAccountsRequest,
  QueryAccountsResponse,
  QueryAggregatedPriceRequest,
  QueryAggregatedPriceResponse,
  QueryAllProvidersAttributesRequest,
  QueryCertificatesRequest,
  QueryCertificatesResponse,
  QueryLedgerRecordsRequest,
  QueryLedgerRecordsResponse,
  QueryParamsRequest as BmeParamsRequest,
  QueryParamsResponse as BmeParamsResponse,
  QueryPaymentsRequest,
  QueryPaymentsResponse,
  QueryProviderAttributesRequest,
  QueryProvidersResponse as AuditResponse,
  QueryStatusRequest,
  QueryStatusResponse,
  QueryVaultStateRequest,
  QueryVaultStateResponse,
} from '@akashnetwork/chain-sdk/private-types/akash.v1';
import {
  QueryDeploymentRequest,
  QueryDeploymentResponse,
  QueryDeploymentsRequest,
  QueryDeploymentsResponse,
  QueryGroupRequest,
  QueryGroupResponse,
  QueryParamsRequest as DeploymentParamsRequest,
  QueryParamsResponse as DeploymentParamsResponse,
  QueryProviderRequest,
  QueryProviderResponse,
  QueryProvidersRequest,
  QueryProvidersResponse,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import {
  QueryBidRequest,
  QueryBidResponse,
  QueryBidsRequest,
  QueryBidsResponse,
  QueryLeaseRequest,
  QueryLeaseResponse,
  QueryLeasesRequest,
  QueryLeasesResponse,
  QueryOrderRequest,
  QueryOrderResponse,
  QueryOrdersRequest,
  QueryOrdersResponse,
  QueryParamsRequest as MarketParamsRequest,
  QueryParamsResponse as MarketParamsResponse,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import {
  BaseAccount,
  GetTxRequest,
  GetTxResponse,
  QueryAccountRequest,
  QueryAccountResponse,
  QueryAllBalancesRequest,
  QueryAllBalancesResponse,
  QueryBalanceRequest,
  QueryBalanceResponse,
  QuerySupplyOfRequest,
  QuerySupplyOfResponse,
  SimulateRequest,
  SimulateResponse,
  Tx,
  TxRaw,
} from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import { PubKey } from '@akashnetwork/chain-sdk/private-types/cosmos.secp256k1';
import { UACT, UAKT, type Coin } from './bank.ts';
import type { Chain } from './chain.ts';
import { refuse } from './chain-error.ts';
import { toAny, type Codec } from './codec.ts';
import type { Deployment } from './deployments.ts';
import { deploymentKey, deploymentXid, paymentXid } from './ids.ts';
import {
  bidAccount,
  BID_DEPOSIT,
  deploymentAccount,
  ORDER_MAX_BIDS,
  type Bid,
  type Lease,
} from './market.ts';
import { bidId, deploymentId, groupId, MINIMUM_DEPOSIT } from './messages.ts';
import { AKT_PRICE_USD, EPOCH_BLOCKS, MINT_SPREAD_BPS } from './mint.ts';
import { pageOf } from './pagination.ts';
import {
  presentAccount,
  presentAudit,
  presentBid,
  presentCertificate,
  presentDeployment,
  presentGroup,
  presentLease,
  presentLedgerRecord,
  presentOrder,
  presentPayment,
  presentProvider,
} from './present.ts';

/** A query of the chain, by the path of its gRPC method. */
export interface Query {
  /** @throws ChainError */
  answer(chain: Chain, request: Uint8Array): Uint8Array;
  /** The same over JSON. @throws ChainError */
  answerJson(chain: Chain, request: object): { codec: Codec<unknown>; response: unknown };
}

const QUERIES = new Map<string, Query>();

function query<Request, Response>(
  path: string,
  request: Codec<Request>,
  response: Codec<Response>,
  run: (chain: Chain, request: Request) => Response,
): void {
  QUERIES.set(path, {
    answer: (chain, bytes) => response.encode(run(chain, request.decode(bytes))).finish(),
    answerJson: (chain, json) => ({
      codec: response,
      response: run(chain, request.fromJSON(json)),
    }),
  });
}

export function findQuery(path: string): Query | undefined {
  return QUERIES.get(path);
}

// --- Cosmos

query(
  '/cosmos.auth.v1beta1.Query/Account',
  QueryAccountRequest,
  QueryAccountResponse,
  ({ state }, { address }) => {
    const account = state.bank.account(address);
    if (!account)
      refuse('sdk.keyNotFound', `rpc error: code = NotFound desc = account ${address} not found`);
    const { publicKey, number, sequence } = account;
    const key = publicKey && PubKey.fromPartial({ key: Buffer.from(publicKey, 'base64') });
    const message = BaseAccount.fromPartial({
      ...{ address, accountNumber: number, sequence },
      ...(key ? { pubKey: toAny(PubKey, key) } : {}),
    });
    return QueryAccountResponse.fromPartial({ account: toAny(BaseAccount, message) });
  },
);

query(
  '/cosmos.bank.v1beta1.Query/Balance',
  QueryBalanceRequest,
  QueryBalanceResponse,
  ({ state }, { address, denom }) =>
    QueryBalanceResponse.fromPartial({
      balance: { denom, amount: String(state.bank.balance(address, denom)) },
    }),
);

query(
  '/cosmos.bank.v1beta1.Query/AllBalances',
  QueryAllBalancesRequest,
  QueryAllBalancesResponse,
  ({ state }, { address, pagination: request }) => {
    const { page, pagination } = pageOf(state.bank.balances(address).map(coin), request);
    return QueryAllBalancesResponse.fromPartial({ balances: page, pagination });
  },
);

query(
  '/cosmos.bank.v1beta1.Query/SupplyOf',
  QuerySupplyOfRequest,
  QuerySupplyOfResponse,
  ({ state }, { denom }) =>
    QuerySupplyOfResponse.fromPartial({
      amount: { denom, amount: String(state.bank.supply(denom)) },
    }),
);

query(
  '/cosmos.tx.v1beta1.Service/Simulate',
  SimulateRequest,
  SimulateResponse,
  (chain, { txBytes }) => {
    const { gasUsed, data } = chain.simulate(txBytes);
    return SimulateResponse.fromPartial({
      gasInfo: { gasWanted: gasUsed, gasUsed },
      result: { data },
    });
  },
);

query('/cosmos.tx.v1beta1.Service/GetTx', GetTxRequest, GetTxResponse, (chain, { hash }) => {
  const record = chain.transaction(hash);
  if (!record) refuse('sdk.keyNotFound', `rpc error: code = NotFound desc = tx ${hash} not found`);
  const raw = TxRaw.decode(Buffer.from(record.tx, 'base64'));
  return GetTxResponse.fromPartial({
    tx: Tx.decode(TxRaw.encode(raw).finish()),
    txResponse: {
      ...{ height: record.height, txhash: record.hash, code: record.code },
      ...{ codespace: record.codespace, rawLog: record.log, data: record.data },
      ...{ gasWanted: record.gasWanted, gasUsed: record.gasUsed },
      timestamp: new Date(record.timeMs).toISOString(),
    },
  });
});

// --- Akash: deployments

query(
  '/akash.deployment.v1beta4.Query/Deployments',
  QueryDeploymentsRequest,
  QueryDeploymentsResponse,
  (chain, { filters, pagination: request }) => {
    const { owner = '', state = '' } = filters ?? {};
    const found = chain.state.deployments
      .all(owner)
      .filter(
        (deployment) => fits(deployment.dseq, filters?.dseq) && fits(deployment.state, state),
      );
    const { page, pagination } = pageOf(found, request);
    return QueryDeploymentsResponse.fromPartial({
      deployments: page.map((deployment) => wholeDeployment(chain, deployment)),
      pagination,
    });
  },
);

query(
  '/akash.deployment.v1beta4.Query/Deployment',
  QueryDeploymentRequest,
  QueryDeploymentResponse,
  (chain, { id }) => {
    const deployment = chain.state.deployments.find(deploymentId(id));
    return wholeDeployment(chain, deployment ?? refuse('deployment.notFound'));
  },
);

query(
  '/akash.deployment.v1beta4.Query/Group',
  QueryGroupRequest,
  QueryGroupResponse,
  ({ state }, { id }) => {
    const group = state.deployments.group(groupId(id)) ?? refuse('deployment.groupNotFound');
    return QueryGroupResponse.fromPartial({ group: presentGroup(group) });
  },
);

query(
  '/akash.deployment.v1beta4.Query/Params',
  DeploymentParamsRequest,
  DeploymentParamsResponse,
  () =>
    DeploymentParamsResponse.fromPartial({
      params: {
        minDeposits: [UACT, UAKT].map((denom) => ({ denom, amount: String(MINIMUM_DEPOSIT) })),
      },
    }),
);

// --- Akash: market

query(
  '/akash.market.v1beta5.Query/Orders',
  QueryOrdersRequest,
  QueryOrdersResponse,
  ({ state }, { filters, pagination: request }) => {
    const found = state.market
      .orders(keyPrefix(filters))
      .filter((order) => fitsAll(order, filters, ['dseq', 'gseq', 'oseq', 'state']));
    const { page, pagination } = pageOf(found, request);
    return QueryOrdersResponse.fromPartial({ orders: page.map(presentOrder), pagination });
  },
);

query(
  '/akash.market.v1beta5.Query/Order',
  QueryOrderRequest,
  QueryOrderResponse,
  ({ state }, { id }) => {
    const order = state.market.order({ ...groupId(id), oseq: id?.oseq ?? 0 });
    return QueryOrderResponse.fromPartial({
      order: presentOrder(order ?? refuse('market.orderNotFound')),
    });
  },
);

const BID_FILTERS = ['dseq', 'gseq', 'oseq', 'provider', 'state', 'bseq'] as const;

query(
  '/akash.market.v1beta5.Query/Bids',
  QueryBidsRequest,
  QueryBidsResponse,
  (chain, { filters, pagination: request }) => {
    const found = chain.state.market
      .bids(keyPrefix(filters))
      .filter((bid) => fitsAll(bid, filters, BID_FILTERS));
    const { page, pagination } = pageOf(found, request);
    const bids = page.map((bid) => wholeBid(chain, bid));
    return QueryBidsResponse.fromPartial({ bids, pagination });
  },
);

query('/akash.market.v1beta5.Query/Bid', QueryBidRequest, QueryBidResponse, (chain, { id }) =>
  wholeBid(chain, chain.state.market.bid(bidId(id)) ?? refuse('market.bidNotFound')),
);

query(
  '/akash.market.v1beta5.Query/Leases',
  QueryLeasesRequest,
  QueryLeasesResponse,
  (chain, { filters, pagination: request }) => {
    const found = chain.state.market
      .leases(keyPrefix(filters))
      .filter((lease) => fitsAll(lease, filters, BID_FILTERS));
    const { page, pagination } = pageOf(found, request);
    const leases = page.map((lease) => wholeLease(chain, lease));
    return QueryLeasesResponse.fromPartial({ leases, pagination });
  },
);

query('/akash.market.v1beta5.Query/Lease', QueryLeaseRequest, QueryLeaseResponse, (chain, { id }) =>
  wholeLease(chain, chain.state.market.lease(bidId(id)) ?? refuse('market.leaseNotFound')),
);

query('/akash.market.v1beta5.Query/Params', MarketParamsRequest, MarketParamsResponse, () =>
  MarketParamsResponse.fromPartial({
    params: {
      orderMaxBids: ORDER_MAX_BIDS,
      bidMinDeposit: { denom: UACT, amount: String(BID_DEPOSIT) },
      bidMinDeposits: [{ denom: UACT, amount: String(BID_DEPOSIT) }],
    },
  }),
);

// --- Akash: providers, audits, certificates

query(
  '/akash.provider.v1beta4.Query/Providers',
  QueryProvidersRequest,
  QueryProvidersResponse,
  ({ state }, { pagination: request }) => {
    const { page, pagination } = pageOf(state.providers.all(), request);
    return QueryProvidersResponse.fromPartial({ providers: page.map(presentProvider), pagination });
  },
);

query(
  '/akash.provider.v1beta4.Query/Provider',
  QueryProviderRequest,
  QueryProviderResponse,
  ({ state }, { owner }) => {
    const provider = state.providers.find(owner) ?? refuse('market.unknownProvider', owner);
    return QueryProviderResponse.fromPartial({ provider: presentProvider(provider) });
  },
);

query(
  '/akash.audit.v1.Query/AllProvidersAttributes',
  QueryAllProvidersAttributesRequest,
  AuditResponse,
  (chain, { pagination }) => auditsOf(chain, '', pagination),
);

query(
  '/akash.audit.v1.Query/ProviderAttributes',
  QueryProviderAttributesRequest,
  AuditResponse,
  (chain, { owner, pagination }) => auditsOf(chain, owner, pagination),
);

query(
  '/akash.cert.v1.Query/Certificates',
  QueryCertificatesRequest,
  QueryCertificatesResponse,
  ({ state }, { filter, pagination: request }) => {
    const found = state.certificates
      .all(filter?.owner)
      .filter(
        (certificate) =>
          fits(certificate.serial, filter?.serial) && fits(certificate.state, filter?.state),
      );
    const { page, pagination } = pageOf(found, request);
    const certificates = page.map(presentCertificate);
    return QueryCertificatesResponse.fromPartial({ certificates, pagination });
  },
);

// --- Akash: escrow

query(
  '/akash.escrow.v1.Query/Accounts',
  QueryAccountsRequest,
  QueryAccountsResponse,
  (chain, { state, xid, pagination: request }) => {
    const found = chain.state.escrow
      .accounts()
      .filter((account) => fits(account.state, state) && xidFits(account, xid));
    const { page, pagination } = pageOf(found, request);
    return QueryAccountsResponse.fromPartial({ accounts: page.map(presentAccount), pagination });
  },
);

query(
  '/akash.escrow.v1.Query/Payments',
  QueryPaymentsRequest,
  QueryPaymentsResponse,
  (chain, { state, xid, pagination: request }) => {
    const found = chain.state.escrow
      .payments()
      .filter((payment) => fits(payment.state, state) && xidFits(payment.account, xid));
    const { page, pagination } = pageOf(found, request);
    return QueryPaymentsResponse.fromPartial({ payments: page.map(presentPayment), pagination });
  },
);

// --- Akash: burning and minting

query('/akash.bme.v1.Query/Params', BmeParamsRequest, BmeParamsResponse, () =>
  BmeParamsResponse.fromPartial({
    params: {
      ...{ circuitBreakerWarnThreshold: 9500, circuitBreakerHaltThreshold: 9000 },
      ...{ minEpochBlocks: EPOCH_BLOCKS, mintSpreadBps: Number(MINT_SPREAD_BPS) },
      ...{ settleSpreadBps: 0, maxEndblockerRecords: 1000 },
    },
  }),
);

query('/akash.bme.v1.Query/Status', QueryStatusRequest, QueryStatusResponse, ({ state }) =>
  QueryStatusResponse.fromPartial({
    status: MintStatus[`mint_status_${state.mint.status}`],
    ...{ collateralRatio: '1.2', warnThreshold: '0.95', haltThreshold: '0.9' },
    ...{ mintsAllowed: state.mint.status === 'healthy', refundsAllowed: true },
  }),
);

query(
  '/akash.bme.v1.Query/VaultState',
  QueryVaultStateRequest,
  QueryVaultStateResponse,
  ({ state }) =>
    QueryVaultStateResponse.fromPartial({ vaultState: { balances: state.mint.vault().map(coin) } }),
);

query(
  '/akash.bme.v1.Query/LedgerRecords',
  QueryLedgerRecordsRequest,
  QueryLedgerRecordsResponse,
  ({ state }, { filters, pagination: request }) => {
    const found = state.mint
      .records()
      .filter(
        ({ source, status }) =>
          fits(source, filters?.source) &&
          fits(`ledger_record_status_${status}`, filters?.status) &&
          fits(UAKT, filters?.denom) &&
          fits(UACT, filters?.toDenom),
      );
    const { page, pagination } = pageOf(found, request);
    const records = page.map(presentLedgerRecord);
    return QueryLedgerRecordsResponse.fromPartial({ records, pagination });
  },
);

query(
  '/akash.oracle.v1.Query/AggregatedPrice',
  QueryAggregatedPriceRequest,
  QueryAggregatedPriceResponse,
  ({ state, timeMs }, { denom }) => {
    const price = denom === UAKT ? AKT_PRICE_USD : '1';
    return QueryAggregatedPriceResponse.fromPartial({
      aggregatedPrice: {
        ...{ denom, twap: price, medianPrice: price, minPrice: price, maxPrice: price },
        ...{ timestamp: new Date(timeMs), numSources: 1 },
      },
      priceHealth: {
        ...{ denom, hasMinSources: true, deviationOk: true },
        isHealthy: state.mint.status !== 'halt_oracle',
      },
    });
  },
);

// --- what queries share

function wholeDeployment({ state }: Chain, deployment: Deployment): QueryDeploymentResponse {
  const account = state.escrow.account({ scope: 'deployment', xid: deploymentXid(deployment) });
  return QueryDeploymentResponse.fromPartial({
    deployment: presentDeployment(deployment),
    groups: state.deployments.groups(deployment).map(presentGroup),
    ...(account ? { escrowAccount: presentAccount(account) } : {}),
  });
}

function wholeBid({ state }: Chain, bid: Bid): QueryBidResponse {
  const account = state.escrow.account(bidAccount(bid));
  return QueryBidResponse.fromPartial({
    bid: presentBid(bid, state.market.order(bid)),
    ...(account ? { escrowAccount: presentAccount(account) } : {}),
  });
}

function wholeLease({ state }: Chain, lease: Lease): QueryLeaseResponse {
  const payment = state.escrow.payment(deploymentAccount(lease), paymentXid(lease));
  return QueryLeaseResponse.fromPartial({
    lease: presentLease(lease),
    ...(payment ? { escrowPayment: presentPayment(payment) } : {}),
  });
}

function auditsOf(
  { state }: Chain,
  owner: string,
  request: QueryProviderAttributesRequest['pagination'],
): AuditResponse {
  const { page, pagination } = pageOf(state.providers.audits(owner), request);
  return AuditResponse.fromPartial({ providers: page.map(presentAudit), pagination });
}

function coin({ denom, amount }: Coin): { denom: string; amount: string } {
  return { denom, amount: String(amount) };
}

// Of the keys of all records that a filter can fit.
function keyPrefix(filters: { owner: string; dseq: { toString(): string } } | undefined): string {
  const { owner = '', dseq = '0' } = filters ?? {};
  if (owner === '') return '';
  return String(dseq) === '0' ? `${owner}/` : deploymentKey({ owner, dseq: String(dseq) });
}

/** A filter that is empty, or zero, fits everything. */
function fits(value: unknown, filter: { toString(): string } | undefined): boolean {
  const wanted = String(filter ?? '');
  return wanted === '' || wanted === '0' || String(value) === wanted;
}

function fitsAll<Name extends string>(
  record: Readonly<Partial<Record<Name, unknown>>>,
  filters: Readonly<Record<Name, { toString(): string }>> | undefined,
  names: readonly Name[],
): boolean {
  return names.every((name) => fits(record[name], filters?.[name]));
}

// `deployment/owner/dseq`, or the beginning of it.
function xidFits({ scope, xid }: { scope: string; xid: string }, wanted: string): boolean {
  return `${scope}/${xid}`.startsWith(wanted) || xid.startsWith(wanted);
}
