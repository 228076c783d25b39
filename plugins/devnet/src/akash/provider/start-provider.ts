import type { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import type { Outcome } from '../chain/chain.ts';
import { recordFormat } from '../chain/codec.ts';
import { deploymentKey, type DeploymentId } from '../chain/ids.ts';
import {
  accountCertificate,
  authorityCertificate,
  hostCertificate,
  type CertificatePair,
} from './certificate.ts';
import { Gateway, GATEWAY_HOST, type GatewayCertificates } from './gateway.ts';
import { attributesOf, type ProviderProfile } from './provider-profile.ts';
import { Provider, type ProviderInit } from './provider.ts';

// Certificates hold for a year.
const RENEW_MS = 300 * 24 * 3600 * 1000;

export interface StartProviderInit extends ProviderInit {
  readonly authority: CertificatePair;
  /** Who vouches for the provider, if anybody does. */
  readonly auditor: string;
  readonly wantedPort: number;
}

export interface RunningProvider {
  readonly address: string;
  readonly hostUri: string;
  readonly profile: ProviderProfile;
  /** Ends its leases of a deployment for a reason. */
  readonly closeLeases: (id: DeploymentId, reason: LeaseClosedReason) => Promise<Outcome>[];
  readonly stop: () => Promise<void>;
}

/** A provider with its gateway, published on the chain from the next block on. */
export async function startProvider(init: StartProviderInit): Promise<RunningProvider> {
  const { profile, key, chain, clock, faults } = init;
  const provider = new Provider(init);
  const right = await certificatesOf(init);
  const wrong = await strangersCertificates(key.address, clock());
  const gateway = new Gateway({
    ...{ address: key.address, state: chain.state, desk: provider, clock },
    certificates: () => (faults.provider(profile.name).wrongCertificate ? wrong : right),
    isTroubled: () => faults.takeFrom(profile.name, 'gatewayErrors'),
  });
  faults.onChange(() => {
    gateway.renewCertificates();
  });
  const hostUri = `https://${GATEWAY_HOST}:${String(await gateway.listen(init.wantedPort))}`;
  publish(init, hostUri, right.account);
  await provider.start();
  return {
    ...{ address: key.address, hostUri, profile },
    closeLeases: (id, reason) =>
      chain.state.market
        .leases(deploymentKey(id))
        .filter((lease) => lease.provider === key.address && lease.state === 'active')
        .map(async (lease) => provider.close(lease, reason)),
    stop: async () => {
      await gateway.stop();
      await provider.stop();
    },
  };
}

/** Certificates that are kept, and made again when their time is over. */
async function certificatesOf(init: StartProviderInit): Promise<GatewayCertificates> {
  const { store, profile, key, authority, clock } = init;
  const table = store.table<GatewayCertificates & { until: number }>(
    'gateway-certificates',
    recordFormat(),
  );
  const kept = table.get(profile.name);
  if (kept && kept.until > clock()) return kept;
  const made = {
    host: await hostCertificate(authority, clock()),
    account: await accountCertificate(key.address),
  };
  table.set(profile.name, { ...made, until: clock() + RENEW_MS });
  return made;
}

// Nobody has published the one, and nobody trusts who signed the other.
async function strangersCertificates(address: string, now: number): Promise<GatewayCertificates> {
  return {
    host: await hostCertificate(await authorityCertificate(now), now),
    account: await accountCertificate(address),
  };
}

function publish(
  { chain, profile, key, auditor }: StartProviderInit,
  hostUri: string,
  { cert, publicKey }: CertificatePair,
): void {
  const { address } = key;
  const attributes = attributesOf(profile);
  void chain.intervene(({ bank, certificates, providers }) => {
    if (!bank.account(address))
      for (const denom of ['uakt', 'uact']) bank.mint(address, { denom, amount: 10n ** 12n });
    providers.save({
      ...{ owner: address, hostUri, attributes, email: `${profile.name}@devnet.invalid` },
      website: '',
    });
    if (profile.isAudited) providers.saveAudit({ owner: address, auditor, attributes });
    if (!certificates.all(address).some((one) => one.cert === cert))
      certificates.create(address, cert, publicKey);
  });
}
