import {
  Deposit,
  MsgAccountDeposit,
  MsgMintACT,
  QueryAggregatedPriceRequest,
  QueryAggregatedPriceResponse,
  QueryCertificatesRequest,
  QueryCertificatesResponse,
  QueryLedgerRecordsRequest,
  QueryLedgerRecordsResponse,
  QueryProviderAttributesRequest,
  QueryProvidersResponse as QueryAuditsResponse,
  QueryStatusRequest,
  QueryStatusResponse,
  Scope,
  Source,
} from '@akashnetwork/chain-sdk/private-types/akash.v1';
import {
  MsgCloseDeployment,
  MsgCreateDeployment,
  MsgUpdateDeployment,
  QueryDeploymentRequest,
  QueryDeploymentResponse,
  QueryDeploymentsRequest,
  QueryDeploymentsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryProviderRequest,
  QueryProviderResponse,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import {
  MsgCreateLease,
  QueryBidsRequest,
  QueryBidsResponse,
  QueryLeasesRequest,
  QueryLeasesResponse,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import {
  QueryBalanceRequest,
  QueryBalanceResponse,
} from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import type { EncodeObject } from '@cosmjs/proto-signing';
import { Comet38Client } from '@cosmjs/tendermint-rpc';
import { Fallbacks } from '@371os/kernel';
import type { GroupSpec } from '../../domain/sdl/compiled.ts';
import type {
  AkashChain,
  ChainBid,
  ChainBlock,
  ChainDeployment,
  ChainLease,
  ChainProvider,
  LeaseId,
  MintRecord,
  Receipt,
  SendOptions,
} from '../../ports/akash-chain.ts';
import type { Signer } from '../../ports/signer.ts';
import { groupMessage } from './group-message.ts';
import { NodeReader, type QueryMethod } from './query-node.ts';
import {
  readBid,
  readCertificates,
  readDeployment,
  readLease,
  readMicroUsd,
  readMint,
  readMintBarrier,
} from './read-records.ts';
import { timedRpc } from './timed-rpc.ts';
import { Transactions } from './transactions.ts';

export interface CosmosAkashChainInit {
  /** Where a node speaks CometBFT's JSON-RPC. */
  readonly rpcUrl: string;
  /** Other nodes of the same chain, asked while that one does not answer. */
  readonly fallbackUrls?: readonly string[] | undefined;
  readonly chainId: string;
  readonly gasPrice: string;
  readonly signer: Signer;
  /** How long the node may take for one answer. */
  readonly timeoutMs: number;
  /** How often it is asked whether a transaction is in a block. */
  readonly pollMs: number;
}

interface Paged {
  readonly pagination?: { readonly nextKey: Uint8Array } | undefined;
}

const UACT = 'uact';
const UAKT = 'uakt';
const PAGE = 100;
const MOST_PAGES = 1_000;

const MESSAGES = [
  MsgCreateDeployment,
  MsgUpdateDeployment,
  MsgCloseDeployment,
  MsgCreateLease,
  MsgAccountDeposit,
  MsgMintACT,
];

const BALANCE = {
  path: '/cosmos.bank.v1beta1.Query/Balance',
  request: QueryBalanceRequest,
  response: QueryBalanceResponse,
};
const DEPLOYMENT = {
  path: '/akash.deployment.v1beta4.Query/Deployment',
  request: QueryDeploymentRequest,
  response: QueryDeploymentResponse,
};
const DEPLOYMENTS = {
  path: '/akash.deployment.v1beta4.Query/Deployments',
  request: QueryDeploymentsRequest,
  response: QueryDeploymentsResponse,
};
const DEPLOYMENT_PARAMS = {
  path: '/akash.deployment.v1beta4.Query/Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
};
const BIDS = {
  path: '/akash.market.v1beta5.Query/Bids',
  request: QueryBidsRequest,
  response: QueryBidsResponse,
};
const LEASES = {
  path: '/akash.market.v1beta5.Query/Leases',
  request: QueryLeasesRequest,
  response: QueryLeasesResponse,
};
const PROVIDER = {
  path: '/akash.provider.v1beta4.Query/Provider',
  request: QueryProviderRequest,
  response: QueryProviderResponse,
};
const AUDITS = {
  path: '/akash.audit.v1.Query/ProviderAttributes',
  request: QueryProviderAttributesRequest,
  response: QueryAuditsResponse,
};
const CERTIFICATES = {
  path: '/akash.cert.v1.Query/Certificates',
  request: QueryCertificatesRequest,
  response: QueryCertificatesResponse,
};
const MINT_STATUS = {
  path: '/akash.bme.v1.Query/Status',
  request: QueryStatusRequest,
  response: QueryStatusResponse,
};
const MINTS = {
  path: '/akash.bme.v1.Query/LedgerRecords',
  request: QueryLedgerRecordsRequest,
  response: QueryLedgerRecordsResponse,
};
const PRICE = {
  path: '/akash.oracle.v1.Query/AggregatedPrice',
  request: QueryAggregatedPriceRequest,
  response: QueryAggregatedPriceResponse,
};

/**
 * Akash from version 2 of its node on, through one node's CometBFT JSON-RPC. The versions of the
 * messages are those that the main network serves (chain-sdk 1.0.0-alpha.25).
 */
export class CosmosAkashChain implements AkashChain {
  readonly #comet: Comet38Client;
  readonly #reader: NodeReader;
  readonly #transactions: Transactions;
  readonly owner: string;
  readonly nodes: Fallbacks;

  constructor(init: CosmosAkashChainInit) {
    this.owner = init.signer.address;
    this.nodes = new Fallbacks({ addresses: [init.rpcUrl, ...(init.fallbackUrls ?? [])] });
    this.#comet = Comet38Client.create(timedRpc({ ...init, nodes: this.nodes }));
    this.#reader = new NodeReader(this.#comet);
    this.#transactions = new Transactions({ ...init, comet: this.#comet, types: MESSAGES });
  }

  async latestBlock(): Promise<ChainBlock> {
    const { syncInfo } = await this.#comet.status();
    const { latestBlockHeight, latestBlockTime } = syncInfo;
    this.#reader.noteHeight(latestBlockHeight);
    return { height: latestBlockHeight, timeMs: latestBlockTime.getTime() };
  }

  async balances(): Promise<{ uakt: bigint; uact: bigint }> {
    const [uakt, uact] = await Promise.all([this.#balance(UAKT), this.#balance(UACT)]);
    return { uakt, uact };
  }

  async minimumDepositUact(): Promise<bigint> {
    const { params } = await this.#reader.ask(DEPLOYMENT_PARAMS, {});
    return amountOf(params?.minDeposits.find(({ denom }) => denom === UACT));
  }

  async createDeployment(
    init: { dseq: string; groups: readonly GroupSpec[]; versionHash: string; depositUact: bigint },
    options?: SendOptions,
  ): Promise<Receipt> {
    const message = {
      id: { owner: this.owner, dseq: init.dseq },
      groups: init.groups.map(groupMessage),
      hash: Buffer.from(init.versionHash, 'hex'),
      deposit: depositOf(init.depositUact),
    };
    return this.#send([encodable(MsgCreateDeployment, message)], options);
  }

  async updateDeployment(
    dseq: string,
    versionHash: string,
    options?: SendOptions,
  ): Promise<Receipt> {
    const message = { id: { owner: this.owner, dseq }, hash: Buffer.from(versionHash, 'hex') };
    return this.#send([encodable(MsgUpdateDeployment, message)], options);
  }

  async closeDeployment(dseq: string, options?: SendOptions): Promise<Receipt> {
    const message = { id: { owner: this.owner, dseq } };
    return this.#send([encodable(MsgCloseDeployment, message)], options);
  }

  async deposit(dseq: string, uact: bigint, options?: SendOptions): Promise<Receipt> {
    const message = {
      signer: this.owner,
      id: { scope: Scope.deployment, xid: `${this.owner}/${dseq}` },
      deposit: depositOf(uact),
    };
    return this.#send([encodable(MsgAccountDeposit, message)], options);
  }

  async createLeases(ids: readonly LeaseId[], options?: SendOptions): Promise<Receipt> {
    return this.#send(
      ids.map((id) => encodable(MsgCreateLease, { bidId: { ...id, owner: this.owner } })),
      options,
    );
  }

  async hasTransaction(hash: string): Promise<boolean> {
    return (await this.#transactions.find(hash)) !== undefined;
  }

  async deployment(dseq: string): Promise<ChainDeployment | undefined> {
    const query = { id: { owner: this.owner, dseq } };
    const found = await this.#reader.find(DEPLOYMENT, query);
    return found && readDeployment(found);
  }

  async activeDeployments(): Promise<readonly ChainDeployment[]> {
    const filters = { owner: this.owner, state: 'active' };
    const pages = await this.#allPages(DEPLOYMENTS, { filters });
    return pages.flatMap(({ deployments }) => deployments.map(readDeployment));
  }

  async bids(dseq: string): Promise<readonly ChainBid[]> {
    const pages = await this.#allPages(BIDS, { filters: { owner: this.owner, dseq } });
    return pages.flatMap(({ bids }) => bids.map(({ bid }) => readBid(bid)));
  }

  async leases(dseq: string): Promise<readonly ChainLease[]> {
    const pages = await this.#allPages(LEASES, { filters: { owner: this.owner, dseq } });
    return pages.flatMap(({ leases }) => leases.map(({ lease }) => readLease(lease)));
  }

  async provider(owner: string): Promise<ChainProvider | undefined> {
    const found = await this.#reader.find(PROVIDER, { owner });
    const provider = found?.provider;
    return provider && { owner, hostUri: provider.hostUri, attributes: provider.attributes };
  }

  async auditors(provider: string): Promise<readonly string[]> {
    const found = await this.#reader.find(AUDITS, { owner: provider });
    return (found?.providers ?? []).map(({ auditor }) => auditor);
  }

  async certificates(provider: string): Promise<readonly string[]> {
    const pages = await this.#allPages(CERTIFICATES, {
      filter: { owner: provider, state: 'valid' },
    });
    return pages.flatMap(readCertificates);
  }

  async mint(burnUakt: bigint, options?: SendOptions): Promise<Receipt> {
    const coinsToBurn = { denom: UAKT, amount: String(burnUakt) };
    const message = { owner: this.owner, to: this.owner, coinsToBurn };
    return this.#send([encodable(MsgMintACT, message)], options);
  }

  async mints(): Promise<readonly MintRecord[]> {
    const filters = { source: this.owner, denom: UAKT, toDenom: UACT };
    const pages = await this.#allPages(MINTS, { filters });
    return pages.flatMap(({ records }) => records.map(readMint));
  }

  async mintBarrier(): Promise<string | undefined> {
    return readMintBarrier(await this.#reader.ask(MINT_STATUS, {}));
  }

  async aktPriceMicroUsd(): Promise<bigint | undefined> {
    return readMicroUsd(await this.#reader.ask(PRICE, { denom: UAKT }));
  }

  async #send(messages: readonly EncodeObject[], options?: SendOptions): Promise<Receipt> {
    const receipt = await this.#transactions.send(messages, options);
    this.#reader.noteHeight(receipt.height);
    return receipt;
  }

  async #balance(denom: string): Promise<bigint> {
    const { balance } = await this.#reader.ask(BALANCE, { address: this.owner, denom });
    return amountOf(balance);
  }

  async #allPages<Request, Response extends Paged>(
    method: QueryMethod<Request, Response>,
    query: object,
  ): Promise<Response[]> {
    const pages: Response[] = [];
    let key: Uint8Array | undefined = new Uint8Array();
    while (key && pages.length < MOST_PAGES) {
      const page: Response = await this.#reader.ask(method, {
        ...query,
        pagination: { key, limit: PAGE },
      });
      pages.push(page);
      const next: Uint8Array | undefined = page.pagination?.nextKey;
      key = next && next.length > 0 ? next : undefined;
    }
    return pages;
  }
}

function depositOf(uact: bigint): Deposit {
  return Deposit.fromPartial({
    amount: { denom: UACT, amount: String(uact) },
    sources: [Source.balance],
  });
}

function amountOf(coin: { readonly amount: string } | undefined): bigint {
  return BigInt(coin?.amount ?? 0);
}

function encodable(
  codec: { readonly $type: string; fromPartial(object: object): unknown },
  message: object,
): EncodeObject {
  return { typeUrl: `/${codec.$type}`, value: codec.fromPartial(message) };
}
