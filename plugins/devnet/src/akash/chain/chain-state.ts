import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { Bank } from './bank.ts';
import { Certificates } from './certificates.ts';
import { ChainContext } from './chain-context.ts';
import { Deployments } from './deployments.ts';
import { Escrow, type EscrowAccount, type EscrowPayment } from './escrow.ts';
import type { BidId, DeploymentId } from './ids.ts';
import { Market } from './market.ts';
import { Mint, type MintSwitches } from './mint.ts';
import { ProviderRegistry } from './provider-registry.ts';
import type { Store } from './store.ts';

/** All modules of the chain, and what the end of money does to deployments and leases. */
export class ChainState {
  readonly context: ChainContext;
  readonly bank: Bank;
  readonly certificates: Certificates;
  readonly deployments: Deployments;
  readonly escrow: Escrow;
  readonly market: Market;
  readonly mint: Mint;
  readonly providers: ProviderRegistry;

  constructor(store: Store, switches: () => MintSwitches) {
    this.context = new ChainContext(store);
    this.bank = new Bank(this.context);
    this.certificates = new Certificates(this.context);
    this.deployments = new Deployments(this.context);
    this.escrow = new Escrow(this.context, this.bank, {
      onAccountClosed: (account) => {
        this.#endDeployment(account);
      },
      onPaymentClosed: (payment) => {
        this.#endLease(payment);
      },
    });
    this.market = new Market(this.context, this.escrow);
    this.mint = new Mint(this.context, this.bank, switches);
    this.providers = new ProviderRegistry(this.context);
  }

  /** What happens at the end of every block. */
  endBlock(): void {
    for (const account of this.escrow.payingAccounts())
      if (this.escrow.isExhausted(account)) this.escrow.settle(account);
    this.mint.endBlock();
  }

  #endDeployment({ scope, xid, state }: EscrowAccount): void {
    if (scope !== 'deployment') return;
    const id = parseXid(xid);
    this.deployments.close(id);
    for (const group of this.deployments.groups(id)) {
      if (group.state === 'closed' || group.state === 'insufficient_funds') continue;
      this.deployments.moveGroup(group, state === 'overdrawn' ? 'insufficient_funds' : 'closed');
      this.market.closeGroup(group);
    }
  }

  #endLease({ account, xid, state }: EscrowPayment): void {
    const id = parsePaymentXid(parseXid(account.xid), xid);
    if (state === 'overdrawn')
      this.market.endLease(
        id,
        'insufficient_funds',
        LeaseClosedReason.lease_closed_reason_insufficient_funds,
      );
    else this.market.endLease(id, 'closed', LeaseClosedReason.lease_closed_reason_unspecified);
  }
}

/** `owner/dseq` */
function parseXid(xid: string): DeploymentId {
  const [owner = '', dseq = ''] = xid.split('/');
  return { owner, dseq };
}

function parsePaymentXid(deployment: DeploymentId, xid: string): BidId {
  const [gseq, oseq, provider = '', bseq] = xid.split('/');
  return { ...deployment, gseq: Number(gseq), oseq: Number(oseq), provider, bseq: Number(bseq) };
}
