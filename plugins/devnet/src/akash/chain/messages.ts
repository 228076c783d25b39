import {
  LeaseClosedReason,
  LedgerRecordStatus,
  MsgAccountDeposit,
  MsgAccountDepositResponse,
  MsgCreateCertificate,
  MsgCreateCertificateResponse,
  MsgMintACT,
  MsgMintACTResponse,
  MsgRevokeCertificate,
  MsgRevokeCertificateResponse,
  Scope,
  type Deposit,
} from '@akashnetwork/chain-sdk/private-types/akash.v1';
import {
  MsgCloseDeployment,
  MsgCloseDeploymentResponse,
  MsgCloseGroup,
  MsgCloseGroupResponse,
  MsgCreateDeployment,
  MsgCreateDeploymentResponse,
  MsgPauseGroup,
  MsgPauseGroupResponse,
  MsgStartGroup,
  MsgStartGroupResponse,
  MsgUpdateDeployment,
  MsgUpdateDeploymentResponse,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import {
  MsgCloseBid,
  MsgCloseBidResponse,
  MsgCloseLease,
  MsgCloseLeaseResponse,
  MsgCreateBid,
  MsgCreateBidResponse,
  MsgCreateLease,
  MsgCreateLeaseResponse,
  MsgWithdrawLease,
  MsgWithdrawLeaseResponse,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import { MsgSend, MsgSendResponse } from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import { UACT, UAKT, type Coin } from './bank.ts';
import { refuse } from './chain-error.ts';
import type { ChainState } from './chain-state.ts';
import { toAny, type Codec } from './codec.ts';
import { parseDecimal } from './decimal.ts';
import { checkGroups, unpackSpec } from './group-spec.ts';
import {
  deploymentXid,
  groupKey,
  paymentXid,
  type BidId,
  type DeploymentId,
  type GroupId,
} from './ids.ts';
import { deploymentAccount } from './market.ts';
import { meetsRequirements } from './requirements.ts';

/** The least that a deployment must have in escrow, by denomination. */
export const MINIMUM_DEPOSIT = 500_000n;

interface Any {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** What the chain does with a message of one type. */
export interface MessageHandler {
  /** Who must have signed it. */
  signerOf(value: Uint8Array): string;
  /** @throws ChainError */
  run(state: ChainState, value: Uint8Array): Any;
}

interface Handling<Message, Response> {
  readonly codec: Codec<Message>;
  readonly response: Codec<Response> & { fromPartial(partial: object): Response };
  readonly signer: (message: Message) => string | undefined;
  readonly run: (state: ChainState, message: Message) => object;
}

const HANDLERS = new Map<string, MessageHandler>();

function handle<Message, Response>(handling: Handling<Message, Response>): void {
  const { codec, response, signer, run } = handling;
  HANDLERS.set(`/${codec.$type}`, {
    signerOf: (value) => signer(codec.decode(value)) ?? '',
    run: (state, value) => toAny(response, response.fromPartial(run(state, codec.decode(value)))),
  });
}

/** @throws ChainError (sdk 2) for a type that this chain does not know. */
export function handlerOf(typeUrl: string): MessageHandler {
  return HANDLERS.get(typeUrl) ?? refuse('sdk.txDecode', `unable to resolve type URL ${typeUrl}`);
}

// --- bank

handle({
  codec: MsgSend,
  response: MsgSendResponse,
  signer: ({ fromAddress }) => fromAddress,
  run: ({ bank }, { fromAddress, toAddress, amount }) => {
    for (const coin of amount) {
      if (coin.denom === UACT) refuse('bank.sendDisabled', 'uact transfers are currently disabled');
      bank.send(fromAddress, toAddress, coinOf(coin));
    }
    return {};
  },
});

// --- deployments

handle({
  codec: MsgCreateDeployment,
  response: MsgCreateDeploymentResponse,
  signer: ({ id }) => id?.owner,
  run: ({ deployments, escrow, market }, { id, groups, hash, deposit }) => {
    const deployment = deploymentId(id);
    checkGroups(groups);
    const amount = depositOf(deposit);
    for (const group of deployments.create(deployment, groups, hash)) market.createOrder(group);
    escrow.open(
      { scope: 'deployment', xid: deploymentXid(deployment) },
      ...([deployment.owner, UACT, amount] as const),
    );
    return {};
  },
});

handle({
  codec: MsgUpdateDeployment,
  response: MsgUpdateDeploymentResponse,
  signer: ({ id }) => id?.owner,
  run: ({ deployments }, { id, hash }) => {
    deployments.update(deploymentId(id), hash);
    return {};
  },
});

handle({
  codec: MsgCloseDeployment,
  response: MsgCloseDeploymentResponse,
  signer: ({ id }) => id?.owner,
  run: ({ deployments, escrow }, { id }) => {
    const deployment = deployments.active(deploymentId(id));
    escrow.close({ scope: 'deployment', xid: deploymentXid(deployment) });
    return {};
  },
});

handle({
  codec: MsgCloseGroup,
  response: MsgCloseGroupResponse,
  signer: ({ id }) => id?.owner,
  run: (state, { id }) => {
    const group = state.deployments.moveGroup(groupId(id), 'closed');
    endGroup(state, group);
    return {};
  },
});

handle({
  codec: MsgPauseGroup,
  response: MsgPauseGroupResponse,
  signer: ({ id }) => id?.owner,
  run: (state, { id }) => {
    const group = state.deployments.moveGroup(groupId(id), 'paused');
    endGroup(state, group);
    return {};
  },
});

handle({
  codec: MsgStartGroup,
  response: MsgStartGroupResponse,
  signer: ({ id }) => id?.owner,
  run: ({ deployments, market }, { id }) => {
    deployments.active(groupId(id));
    market.createOrder(deployments.moveGroup(groupId(id), 'open'));
    return {};
  },
});

// --- market

handle({
  codec: MsgCreateBid,
  response: MsgCreateBidResponse,
  signer: ({ id }) => id?.provider,
  run: ({ market, providers }, { id, price }) => {
    const bid = bidId(id);
    const provider = providers.find(bid.provider) ?? refuse('market.unknownProvider');
    const order = market.order(bid) ?? refuse('market.orderNotFound');
    const { requirements } = unpackSpec(order.spec);
    if (!meetsRequirements(requirements ?? {}, provider, providers.audits(bid.provider)))
      refuse('market.attributeMismatch');
    market.createBid(bid, price?.denom ?? '', parseDecimal(price?.amount ?? '0'));
    return {};
  },
});

handle({
  codec: MsgCloseBid,
  response: MsgCloseBidResponse,
  signer: ({ id }) => id?.provider,
  run: ({ market, deployments }, { id, reason }) => {
    const bid = market.bid(bidId(id)) ?? refuse('market.unknownBid');
    if (bid.state === 'open') {
      market.closeBid(bid);
      return {};
    }
    market.closeLease(bid, reason);
    if (deployments.group(bid)?.state === 'open') deployments.moveGroup(bid, 'paused');
    return {};
  },
});

handle({
  codec: MsgCreateLease,
  response: MsgCreateLeaseResponse,
  signer: ({ bidId: id }) => id?.owner,
  run: ({ market, deployments }, { bidId: id }) => {
    const bid = bidId(id);
    if (!market.bid(bid)) refuse('market.bidNotFound');
    if (deployments.group(bid)?.state !== 'open') refuse('market.groupNotOpen');
    market.createLease(bid);
    return {};
  },
});

handle({
  codec: MsgCloseLease,
  response: MsgCloseLeaseResponse,
  signer: ({ id }) => id?.owner,
  run: ({ market, deployments }, { id, reason }) => {
    const lease = bidId(id);
    if (market.order(lease)?.state === 'closed') refuse('market.orderClosed');
    market.closeLease(lease, reason || LeaseClosedReason.lease_closed_owner);
    const group = deployments.group(lease);
    if (group?.state === 'open') market.createOrder(group);
    return {};
  },
});

handle({
  codec: MsgWithdrawLease,
  response: MsgWithdrawLeaseResponse,
  signer: ({ id }) => id?.provider,
  run: ({ escrow }, { id }) => {
    const lease = bidId(id);
    escrow.withdraw(deploymentAccount(lease), paymentXid(lease));
    return {};
  },
});

// --- escrow, certificates, mint

handle({
  codec: MsgAccountDeposit,
  response: MsgAccountDepositResponse,
  signer: ({ signer }) => signer,
  run: ({ escrow }, { signer, id, deposit }) => {
    if (id?.scope !== Scope.deployment) refuse('escrow.accountNotFound');
    const { denom, amount } = coinOf(deposit?.amount);
    escrow.deposit({ scope: 'deployment', xid: id.xid }, signer, denom, amount);
    return {};
  },
});

handle({
  codec: MsgCreateCertificate,
  response: MsgCreateCertificateResponse,
  signer: ({ owner }) => owner,
  run: ({ certificates }, { owner, cert, pubkey }) => {
    certificates.create(owner, Buffer.from(cert).toString(), Buffer.from(pubkey).toString());
    return {};
  },
});

handle({
  codec: MsgRevokeCertificate,
  response: MsgRevokeCertificateResponse,
  signer: ({ id }) => id?.owner,
  run: ({ certificates }, { id }) => {
    certificates.revoke(id?.owner ?? '', id?.serial ?? '');
    return {};
  },
});

handle({
  codec: MsgMintACT,
  response: MsgMintACTResponse,
  signer: ({ owner }) => owner,
  run: ({ mint }, { owner, to, coinsToBurn }) => {
    if (to !== owner) refuse('sdk.unauthorized', 'ACT can only be minted to the signer');
    const { source, height, sequence } = mint.request(owner, to, coinOf(coinsToBurn));
    return {
      id: { denom: UAKT, toDenom: UACT, source, height, sequence },
      status: LedgerRecordStatus.ledger_record_status_pending,
    };
  },
});

// --- what messages share

function endGroup({ market }: ChainState, group: GroupId): void {
  for (const lease of market.leases(groupKey(group)))
    if (lease.state === 'active') market.closeLease(lease, LeaseClosedReason.lease_closed_owner);
  market.closeGroup(group);
}

function depositOf(deposit: Deposit | undefined): bigint {
  const { denom, amount } = coinOf(deposit?.amount);
  if (denom !== UACT) refuse('deployment.invalidDeposit', `unsupported denomination ${denom}`);
  if (amount < MINIMUM_DEPOSIT)
    refuse('deployment.invalidDeposit', `${String(amount)}uact is less than the minimum`);
  if (deposit?.sources.length === 0) refuse('deployment.invalidDeposit', 'no source is named');
  return amount;
}

function coinOf(coin: { denom: string; amount: string } | undefined): Coin {
  if (!coin || !/^\d{1,30}$/.test(coin.amount) || BigInt(coin.amount) === 0n)
    refuse('sdk.invalidCoins', coin ? `${coin.amount}${coin.denom}` : 'no coin');
  return { denom: coin.denom, amount: BigInt(coin.amount) };
}

interface Numbers {
  readonly owner: string;
  readonly dseq: { toString(): string };
}

export function deploymentId(id: Numbers | undefined): DeploymentId {
  if (!id?.owner || String(id.dseq) === '0') refuse('deployment.invalidId');
  return { owner: id.owner, dseq: String(id.dseq) };
}

export function groupId(id: (Numbers & { gseq: number }) | undefined): GroupId {
  return { ...deploymentId(id), gseq: id?.gseq ?? 0 };
}

export function bidId(
  id: (Numbers & Pick<BidId, 'gseq' | 'oseq' | 'provider' | 'bseq'>) | undefined,
): BidId {
  const { oseq = 0, provider = '', bseq = 0 } = id ?? {};
  return { ...groupId(id), oseq, provider, bseq };
}
