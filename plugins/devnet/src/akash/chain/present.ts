import {
  AuditedProvider,
  CertificateResponse,
  Cert_State,
  Deployment as DeploymentMessage,
  Deployment_State,
  Lease as LeaseMessage,
  Lease_State,
  LedgerRecordStatus,
  QueryLedgerRecordEntry,
  Scope,
  Source,
  Types_Account,
  Types_Payment,
  Types_State,
} from '@akashnetwork/chain-sdk/private-types/akash.v1';
import {
  Group as GroupMessage,
  Group_State,
  Provider,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import {
  Bid as BidMessage,
  Bid_State,
  Order as OrderMessage,
  Order_State,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import { UACT, UAKT } from './bank.ts';
import type { ChainCertificate } from './certificates.ts';
import { formatDecimal, type Atto } from './decimal.ts';
import type { Deployment, Group } from './deployments.ts';
import type { EscrowAccount, EscrowPayment } from './escrow.ts';
import { unpackSpec } from './group-spec.ts';
import { idOf, type Bid, type Lease, type Order } from './market.ts';
import { AKT_PRICE_USD, type LedgerRecord } from './mint.ts';
import type { AuditRecord, ProviderRecord } from './provider-registry.ts';

// Records of this chain as the messages that its queries answer with.

export function presentDeployment({ owner, dseq, ...rest }: Deployment): DeploymentMessage {
  return DeploymentMessage.fromPartial({
    id: { owner, dseq },
    state: Deployment_State[rest.state],
    hash: Buffer.from(rest.hash, 'base64'),
    createdAt: rest.createdAt,
  });
}

export function presentGroup({ owner, dseq, gseq, state, spec, createdAt }: Group): GroupMessage {
  return GroupMessage.fromPartial({
    id: { owner, dseq, gseq },
    state: Group_State[state],
    groupSpec: unpackSpec(spec),
    createdAt,
  });
}

export function presentOrder({ owner, dseq, gseq, oseq, ...rest }: Order): OrderMessage {
  return OrderMessage.fromPartial({
    id: { owner, dseq, gseq, oseq },
    state: Order_State[rest.state],
    spec: unpackSpec(rest.spec),
    createdAt: rest.createdAt,
  });
}

/** A bid offers just what its order asks for. */
export function presentBid(bid: Bid, order: Order | undefined): BidMessage {
  const units = order ? unpackSpec(order.spec).resources : [];
  return BidMessage.fromPartial({
    id: idOf(bid),
    state: Bid_State[bid.state],
    price: decimalCoin(UACT, bid.price),
    createdAt: bid.createdAt,
    resourcesOffer: units.map(({ resource, count }) => ({ resources: resource, count })),
  });
}

export function presentLease(lease: Lease): LeaseMessage {
  const { state, price, createdAt, closedOn, reason } = lease;
  return LeaseMessage.fromPartial({
    ...{ id: idOf(lease), state: Lease_State[state], price: decimalCoin(UACT, price) },
    ...{ createdAt, closedOn, reason },
  });
}

export function presentAccount(account: EscrowAccount): Types_Account {
  const { scope, xid, owner, denom, state, funds, transferred, settledAt, deposits } = account;
  return Types_Account.fromPartial({
    id: { scope: Scope[scope], xid },
    state: {
      ...{ owner, settledAt, state: Types_State[state] },
      transferred: [{ denom, amount: String(transferred) }],
      funds: [{ denom, amount: String(funds) }],
      deposits: deposits.map((deposit) => ({
        ...{ owner: deposit.owner, height: deposit.height, source: Source.balance },
        balance: { denom, amount: String(deposit.amount) },
      })),
    },
  });
}

export function presentPayment(payment: EscrowPayment): Types_Payment {
  const { account, xid, owner, denom, state, rate, balance, unsettled, withdrawn } = payment;
  return Types_Payment.fromPartial({
    id: { aid: { scope: Scope[account.scope], xid: account.xid }, xid },
    state: {
      ...{ owner, state: Types_State[state], rate: decimalCoin(denom, rate) },
      balance: { denom, amount: String(balance) },
      unsettled: { denom, amount: String(unsettled) },
      withdrawn: { denom, amount: String(withdrawn) },
    },
  });
}

export function presentCertificate(certificate: ChainCertificate): CertificateResponse {
  const { serial, state, cert, pubkey } = certificate;
  return CertificateResponse.fromPartial({
    serial,
    certificate: {
      ...{ state: Cert_State[state], cert: Buffer.from(cert), pubkey: Buffer.from(pubkey) },
    },
  });
}

export function presentProvider(provider: ProviderRecord): Provider {
  const { owner, hostUri, attributes, email, website } = provider;
  const info = { email, website };
  return Provider.fromPartial({ owner, hostUri, attributes: [...attributes], info });
}

export function presentAudit(audit: AuditRecord): AuditedProvider {
  return AuditedProvider.fromPartial({ ...audit, attributes: [...audit.attributes] });
}

// The number of the status that chain-sdk 1.0.0-alpha.25 has no name for.
const CANCELED = 3 as unknown as LedgerRecordStatus;

/** The record of a canceled mint has a message of its own, which alpha.25 cannot write. */
export function presentLedgerRecord(record: LedgerRecord): QueryLedgerRecordEntry {
  const { source, height, sequence, status, to, burned, minted } = record;
  const coinsToBurn = { denom: UAKT, amount: String(burned) };
  return QueryLedgerRecordEntry.fromPartial({
    id: { denom: UAKT, toDenom: UACT, source, height, sequence },
    status: status === 'canceled' ? CANCELED : LedgerRecordStatus[`ledger_record_status_${status}`],
    ...(status === 'pending'
      ? { pendingRecord: { owner: source, to, coinsToBurn, denomToMint: UACT } }
      : {}),
    ...(status === 'executed'
      ? {
          executedRecord: {
            ...{ burnedFrom: source, mintedTo: to },
            burned: { coin: coinsToBurn, price: AKT_PRICE_USD },
            minted: { coin: { denom: UACT, amount: String(minted) }, price: '1' },
          },
        }
      : {}),
  });
}

function decimalCoin(denom: string, amount: Atto): { denom: string; amount: string } {
  return { denom, amount: formatDecimal(amount) };
}
