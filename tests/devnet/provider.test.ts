import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createChainNodeSDK, type ChainNodeSDK } from '@akashnetwork/chain-sdk';
import {
  LeaseClosedReason,
  MsgCreateCertificate,
  MsgRevokeCertificate,
} from '@akashnetwork/chain-sdk/private-types/akash.v1';
import {
  MsgCloseDeployment,
  MsgUpdateDeployment,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import {
  accountCertificate,
  AUDITOR,
  PROVIDERS,
  type AkashDevnet,
  type CertificatePair,
  type ImageProgram,
  type ProviderProfile,
} from '@371os/devnet';
import { eventually } from '../support/eventually.ts';
import { message, startDevnet } from './local-chain.ts';
import { planService } from './manifests.ts';
import { signText, Tenant } from './tenant.ts';

const directory = mkdtempSync(join(tmpdir(), '371os-devnet-'));
const PROGRAM = join(directory, 'program.mjs');
let devnet: AkashDevnet;
let sdk: ChainNodeSDK;
let tenant: Tenant;

beforeAll(async () => {
  writeFileSync(
    PROGRAM,
    `import { createServer } from 'node:http';
     const { DATA_DIR, SERVER_PORT, GREETING, NODE_OPTIONS, SECRET } = process.env;
     createServer((_, response) =>
       response.end(JSON.stringify({ DATA_DIR, GREETING, NODE_OPTIONS, SECRET, cwd: process.cwd() })),
     ).listen(Number(SERVER_PORT), '127.0.0.1');`,
  );
  devnet = await startDevnet({
    ...{ directory, blockTimeMs: 20 },
    times: { bidLifetimeMs: 60_000, manifestTimeoutMs: 60_000 },
    profiles: PROVIDERS.map((profile) => ({ ...profile, bidDelayMs: 0 })),
    images: {
      'test/program': programOf([PROGRAM]),
      'test/crash': programOf(['--eval', 'process.exit(1)']),
    },
  });
  sdk = createChainNodeSDK({ query: { baseUrl: devnet.addresses.grpcUrl } });
  tenant = await Tenant.of(devnet, sdk);
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function programOf(args: string[]): ImageProgram {
  return {
    ...{ args, workingDirectory: directory, allowedVariables: ['GREETING'] },
    ...{ portVariable: 'SERVER_PORT', dataVariable: 'DATA_DIR' },
  };
}

const nameOf = (address = ''): string =>
  devnet.addresses.providers.find((provider) => provider.address === address)?.name ?? address;

async function biddersFor(service: Parameters<typeof planService>[0]): Promise<string[]> {
  const dseq = await tenant.create(await planService(service));
  // A provider decides in the block of the order, and its bid is in the next.
  await blocks(3);
  return (await tenant.bids(dseq)).map(({ id }) => nameOf(id?.provider)).sort();
}

async function blocks(count: number): Promise<void> {
  let left = count;
  await new Promise<void>((done) => {
    const unsubscribe = devnet.chain.onBlock(() => {
      left -= 1;
      if (left > 0) return;
      unsubscribe();
      done();
    });
  });
}

describe('providers', () => {
  it('are on the chain with attributes, audits and certificates', async () => {
    const { providers } = await sdk.akash.provider.v1beta4.getProviders({});
    expect(providers.map(({ owner }) => nameOf(owner)).sort()).toEqual(
      PROVIDERS.map(({ name }) => name).sort(),
    );
    const { address: owner } = tenant.provider('frankfurt');
    const audits = await sdk.akash.audit.v1.getProviderAttributes({ owner });
    expect(audits.providers.map(({ auditor }) => auditor)).toEqual([AUDITOR]);
    const { certificates } = await sdk.akash.cert.v1.getCertificates({ filter: { owner } });
    expect(certificates).toHaveLength(1);
  });

  it.each([
    ['anywhere', {}, 6],
    ['in a region that some have', { region: 'eu-central' }, ['frankfurt', 'helsinki']],
    ['vouched for', { region: 'eu-central', auditor: AUDITOR }, ['frankfurt']],
    ['in a region that nobody has', { region: 'mars' }, []],
    ['vouched for by nobody', { region: 'eu-central', auditor: 'akash1nobody' }, []],
    ['at a price that only the cheapest takes', { price: 1.2 }, ['basement']],
    ['at a price that nobody takes', { price: 0.1 }, []],
  ] as const)('bid on what is wanted %s', async (_what, service, expected) => {
    const bidders = await biddersFor(service);
    expect(typeof expected === 'number' ? bidders.length : bidders).toEqual(expected);
  });

  it('ask for what the price script says', async () => {
    const dseq = await tenant.create(await planService());
    const bids = await tenant.bidsOf(dseq, 6);
    const prices = Object.fromEntries(
      bids.map(({ id, price }) => [nameOf(id?.provider), Number(price?.amount)]),
    );
    // 0.5 threads, 0.5 GiB, 1 GiB of disk and an endpoint: 1.27 USD in 429,909 blocks.
    expect(prices['oregon']).toBeCloseTo(1_270_000 / 429_909, 5);
    expect(prices['virginia']).toBeCloseTo((1.2 * 1_270_000) / 429_909, 5);
  });

  it('are known to the indexer', async () => {
    const response = await fetch(`${devnet.addresses.consoleUrl}/v1/providers`);
    const providers = (await response.json()) as { name: string; uptime30d: number }[];
    expect(providers.find(({ name }) => name === 'basement')?.uptime30d).toBe(0.82);
  });
});

describe('a manifest', () => {
  it('is refused without a lease, or when it is another one, and taken when it fits', async () => {
    const plan = await planService();
    expect(await tenant.sendManifest('oregon', '4711', plan.manifest)).toMatchObject({
      ...{ status: 404, text: 'no lease for deployment\n' },
    });
    const dseq = await tenant.lease(plan, 'oregon');
    expect(await tenant.ask('oregon', `/lease/${dseq}/1/1/status`, await manner())).toMatchObject({
      status: 404,
    });
    const altered = plan.manifest.replace('nginx:alpine', 'nginx:latest');
    expect(await tenant.sendManifest('oregon', dseq, altered)).toMatchObject({
      ...{ status: 422, text: 'manifest version validation failed\n' },
    });
    expect(await tenant.sendManifest('oregon', dseq, '{')).toMatchObject({ status: 422 });
    expect(await tenant.sendManifest('frankfurt', dseq, plan.manifest)).toMatchObject({
      status: 404,
    });
    expect(await tenant.sendManifest('oregon', dseq, plan.manifest)).toMatchObject({ status: 200 });
    const { text } = await tenant.ask('oregon', `/lease/${dseq}/1/1/manifest`, await manner());
    expect(JSON.parse(text)).toMatchObject([{ services: [{ image: 'nginx:alpine' }] }]);
  });

  it('that asks for other resources than the groups is refused', async () => {
    const dseq = await tenant.lease(await planService(), 'oregon');
    const { manifest } = await planService();
    const larger = manifest.replaceAll('536870912', '1073741824');
    const hash = createHash('sha256').update(larger).digest();
    const id = { owner: tenant.address, dseq };
    await tenant.party.send(message(MsgUpdateDeployment, { id, hash }));
    expect(await tenant.sendManifest('oregon', dseq, larger)).toMatchObject({
      status: 422,
      text: expect.stringContaining('cross-validation'),
    });
  });
});

describe('a service', () => {
  let dseq: string;
  let url: string;
  beforeAll(async () => {
    const plan = await planService({ env: ['SECRET=value'] });
    dseq = await tenant.lease(plan, 'oregon');
    await tenant.sendManifest('oregon', dseq, plan.manifest);
    url = await tenant.serviceUrl('oregon', dseq);
  });

  it('really answers, and says that it is a stand-in', async () => {
    const response = await fetch(`${url}/some/path`);
    expect(response.headers.get('x-371os-devnet')).toBe('stand-in');
    expect(await response.json()).toMatchObject({ isStandIn: true, image: 'nginx:alpine' });
  });

  it('has a status of its own', async () => {
    const path = `/lease/${dseq}/1/1/service`;
    const { text } = await tenant.ask('oregon', `${path}/web/status`, await manner());
    expect(JSON.parse(text)).toMatchObject({ name: 'web', total: 1, ready_replicas: 1 });
    expect(await tenant.ask('oregon', `${path}/db/status`, await manner())).toMatchObject({
      status: 404,
    });
  });

  it('streams what it wrote, and what it writes', async () => {
    const socket = await tenant.stream('oregon', `/lease/${dseq}/1/1/logs?follow=true&tail=1`);
    const [first] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(first.toString())).toMatchObject({ name: 'web-0' });
    const next = once(socket, 'message');
    await fetch(`${url}/look-here`);
    expect(JSON.parse(String((await next)[0]))).toEqual({
      ...{ name: 'web-0', message: 'GET /look-here' },
    });
    socket.terminate();
  });

  it('streams what happened to it', async () => {
    const socket = await tenant.stream('oregon', `/lease/${dseq}/1/1/kubeevents`);
    const reasons: string[] = [];
    socket.on('message', (data) => {
      reasons.push((JSON.parse((data as Buffer).toString()) as { reason: string }).reason);
    });
    await once(socket, 'close');
    expect(reasons).toEqual(['Scheduled', 'Started', 'Ready']);
  });

  it('runs no commands', async () => {
    const socket = await tenant.stream('oregon', `/lease/${dseq}/1/1/shell?cmd0=id&service=web`);
    const [frame] = (await once(socket, 'message')) as [Buffer];
    expect(frame[0]).toBe(102);
    expect(JSON.parse(frame.subarray(1).toString())).toMatchObject({ exit_code: 126 });
  });

  it('streams nothing of a lease that there is not', async () => {
    const socket = await tenant.stream('oregon', '/lease/4711/1/1/logs');
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(4001);
  });

  it('is started again with another manifest, and gone with its lease', async () => {
    const plan = await planService({ image: 'httpd:2' });
    const id = { owner: tenant.address, dseq };
    await tenant.party.send(message(MsgUpdateDeployment, { id, hash: plan.hash }));
    expect(await tenant.sendManifest('oregon', dseq, plan.manifest)).toMatchObject({ status: 200 });
    const later = await tenant.serviceUrl('oregon', dseq);
    expect(await (await fetch(later)).json()).toMatchObject({ image: 'httpd:2' });
    await tenant.party.send(message(MsgCloseDeployment, { id }));
    await eventually(async () => {
      await expect(fetch(later)).rejects.toThrow();
    });
  });
});

describe('a known image', () => {
  it('runs its program, with the variables that it may have', async () => {
    const env = ['GREETING=a=b; $(id)', 'NODE_OPTIONS=--inspect', 'SECRET=x'];
    const plan = await planService({ image: 'test/program:1.0', env });
    const dseq = await tenant.lease(plan, 'oregon');
    await tenant.sendManifest('oregon', dseq, plan.manifest);
    const response = await fetch(await tenant.serviceUrl('oregon', dseq));
    const answer = (await response.json()) as Record<string, string>;
    expect(answer).toEqual({
      ...{ GREETING: 'a=b; $(id)', cwd: directory, DATA_DIR: answer['DATA_DIR'] },
    });
    expect(answer['DATA_DIR']).toContain(join(directory, 'workloads', 'oregon'));
  });
});

describe('a program that ends again and again', () => {
  it('is started a few times, then its lease is closed as unstable', async () => {
    const plan = await planService({ image: 'test/crash' });
    const dseq = await tenant.lease(plan, 'oregon');
    await tenant.sendManifest('oregon', dseq, plan.manifest);
    await eventually(async () => {
      expect(await tenant.leaseState(dseq)).toEqual({ state: 3, reason: 10_000 });
    });
  });
});

describe('who asks a gateway', () => {
  const path = '/lease/4711/1/1/status';
  // Whoever is known is told that there is no such lease.
  const KNOWN = 404;
  let certificate: CertificatePair;
  beforeAll(async () => {
    certificate = await accountCertificate(tenant.address);
    await publish(certificate);
  });

  async function publish({ cert, publicKey }: CertificatePair): Promise<void> {
    await tenant.party.send(
      message(MsgCreateCertificate, {
        owner: tenant.address,
        ...{ cert: Buffer.from(cert), pubkey: Buffer.from(publicKey) },
      }),
    );
  }

  it('is nobody without a token', async () => {
    expect(await tenant.ask('oregon', path)).toMatchObject({ status: 401, text: 'jwt: missing\n' });
  });

  it('may ask who the provider is, and how it is', async () => {
    const { text } = await tenant.ask('oregon', '/address');
    expect(JSON.parse(text)).toEqual({ address: tenant.provider('oregon').address });
    expect(await tenant.ask('oregon', '/status')).toMatchObject({ status: 200 });
    expect(await tenant.ask('oregon', '/version')).toMatchObject({ status: 200 });
  });

  it('is known by a token of chain-sdk (ES256KADR36), or one of ES256K', async () => {
    const token = await tenant.token();
    expect(await tenant.ask('oregon', path, { token })).toMatchObject({ status: KNOWN });
    const plain = es256k(await tenant.token());
    expect(await tenant.ask('oregon', path, { token: plain })).toMatchObject({ status: KNOWN });
  });

  it('is told from others by the key on the chain', async () => {
    const token = await tenant.token();
    const forged = `${token.slice(0, -6)}AAAAAA`;
    expect(await tenant.ask('oregon', path, { token: forged })).toMatchObject({ status: 401 });
    const other = (await tenant.token()).replace(/^[^.]+/, btoa('{"alg":"none","typ":"JWT"}'));
    expect(await tenant.ask('oregon', path, { token: other })).toMatchObject({ status: 401 });
  });

  it.each([
    ['scoped, to this', { access: 'scoped', scope: ['status'] }, KNOWN],
    ['scoped, to something else', { access: 'scoped', scope: ['logs'] }, 403],
  ] as const)('is held to a token that is %s', async (_what, leases, status) => {
    const token = await tenant.token({ leases });
    expect(await tenant.ask('oregon', path, { token })).toMatchObject({ status });
  });

  it('is held to a token for one provider', async () => {
    const permission = { provider: tenant.provider('oregon').address, access: 'full' };
    const token = await tenant.token({ leases: { access: 'granular', permissions: [permission] } });
    expect(await tenant.ask('oregon', path, { token })).toMatchObject({ status: KNOWN });
    expect(await tenant.ask('frankfurt', path, { token })).toMatchObject({ status: 403 });
  });

  it('may have no token that has ended', async () => {
    const past = Math.floor(Date.now() / 1000) - 10;
    const token = es256k(await tenant.token(), { iat: past - 60, nbf: past - 60, exp: past });
    expect(await tenant.ask('oregon', path, { token })).toMatchObject({ status: 401 });
  });

  it('is known by a certificate on the chain, under any name but that of the host', async () => {
    for (const name of ['mtls.localhost', ''])
      expect(await tenant.ask('oregon', path, { name, certificate })).toMatchObject({
        status: KNOWN,
      });
    expect(await tenant.ask('oregon', path, { certificate })).toMatchObject({ status: 401 });
  });

  it('cannot be two', async () => {
    const token = await tenant.token();
    const both = { name: 'mtls.localhost', certificate, token };
    expect(await tenant.ask('oregon', path, both)).toMatchObject({
      ...{ status: 401, text: expect.stringContaining('ambiguous') },
    });
  });

  it('is cut off with a certificate that is unknown, revoked or expired', async () => {
    const ask = async (pair: CertificatePair): Promise<unknown> =>
      tenant.ask('oregon', path, { name: 'mtls.localhost', certificate: pair });
    await expect(ask(await accountCertificate(tenant.address))).rejects.toThrow(
      /hang up|ECONNRESET/,
    );
    const day = 86_400_000;
    const [notBefore, notAfter] = [new Date(Date.now() - 2 * day), new Date(Date.now() - day)];
    const expired = await accountCertificate(tenant.address, { notBefore, notAfter });
    await publish(expired);
    await expect(ask(expired)).rejects.toThrow(/hang up|ECONNRESET/);
    const serial = BigInt(`0x${new X509Certificate(certificate.cert).serialNumber}`).toString();
    const id = { owner: tenant.address, serial };
    await tenant.party.send(message(MsgRevokeCertificate, { id }));
    await expect(ask(certificate)).rejects.toThrow(/hang up|ECONNRESET/);
  });

  it('sees TLS 1.3: by its name a certificate of the authority, else the one on the chain', async () => {
    const { address: owner } = tenant.provider('oregon');
    const { certificates } = await sdk.akash.cert.v1.getCertificates({ filter: { owner } });
    const published = new X509Certificate(certificates[0]?.certificate?.cert ?? '');
    const other = await tenant.ask('oregon', '/address', { name: 'mtls.localhost' });
    expect(other).toMatchObject({ protocol: 'TLSv1.3', fingerprint: published.fingerprint256 });
    const named = await tenant.ask('oregon', '/address');
    expect(named).toMatchObject({ protocol: 'TLSv1.3', status: 200 });
    expect(named.fingerprint).not.toBe(published.fingerprint256);
  });
});

describe('faults of a provider', () => {
  it('keep it from bidding, and only it', async () => {
    devnet.faults.setProvider('frankfurt', { noBids: true });
    const bidders = await biddersFor({ region: 'eu-central' });
    devnet.faults.setProvider('frankfurt', {});
    expect(bidders).toEqual(['helsinki']);
  });

  it('make it answer 404, then 422, then 503, then as it should', async () => {
    const plan = await planService();
    const dseq = await tenant.lease(plan, 'oregon');
    devnet.faults.setProvider('oregon', { manifestNotFound: 1, manifestRejected: 1 });
    const statuses = [];
    for (let count = 0; count < 2; count += 1)
      statuses.push((await tenant.sendManifest('oregon', dseq, plan.manifest)).status);
    devnet.faults.setProvider('oregon', { gatewayErrors: 1 });
    for (let count = 0; count < 2; count += 1)
      statuses.push((await tenant.sendManifest('oregon', dseq, plan.manifest)).status);
    expect(statuses).toEqual([404, 422, 503, 200]);
  });

  it('make it bid late', async () => {
    devnet.faults.setProvider('frankfurt', { bidDelayMs: 2000 });
    const dseq = await tenant.create(await planService({ region: 'eu-central' }));
    devnet.faults.setProvider('frankfurt', {});
    await tenant.bidsOf(dseq, 1);
    await blocks(3);
    const names = async (): Promise<string[]> =>
      (await tenant.bids(dseq)).map(({ id }) => nameOf(id?.provider)).sort();
    expect(await names()).toEqual(['helsinki']);
    await tenant.bidsOf(dseq, 2);
    expect(await names()).toEqual(['frankfurt', 'helsinki']);
  });

  it('make it withdraw its bids early', async () => {
    devnet.faults.setProvider('frankfurt', { bidLifetimeMs: 1 });
    const dseq = await tenant.create(await planService({ region: 'eu-central', auditor: AUDITOR }));
    await eventually(async () => {
      expect((await tenant.bids(dseq)).map(({ state }) => state)).toEqual([4]);
    });
    devnet.faults.setProvider('frankfurt', {});
  });

  it('make it show a certificate that is not its own', async () => {
    const before = await tenant.ask('oregon', '/address', { name: 'mtls.localhost' });
    devnet.faults.setProvider('oregon', { wrongCertificate: true });
    await expect(tenant.ask('oregon', '/address')).rejects.toThrow(/certificate|verify/);
    const wrong = await tenant.ask('oregon', '/address', { name: 'mtls.localhost' });
    expect(wrong.fingerprint).not.toBe(before.fingerprint);
    expect((await tenant.ask('oregon', '/address', { name: '' })).fingerprint).toBe(
      wrong.fingerprint,
    );
    devnet.faults.setProvider('oregon', {});
    expect((await tenant.ask('oregon', '/address', { name: '' })).fingerprint).toBe(
      before.fingerprint,
    );
  });

  it('make it say that a service is ready that is not there', async () => {
    devnet.faults.setProvider('oregon', { liesAboutReadiness: true });
    const plan = await planService();
    const dseq = await tenant.lease(plan, 'oregon');
    await tenant.sendManifest('oregon', dseq, plan.manifest);
    devnet.faults.setProvider('oregon', {});
    await expect(fetch(await tenant.serviceUrl('oregon', dseq))).rejects.toThrow();
  });

  it.each([
    [
      'unstable',
      async (dseq: string) => close(dseq, LeaseClosedReason.lease_closed_reason_unstable),
      { state: 3, reason: 10_000 },
    ],
    [
      'decommissioned',
      async (dseq: string) => close(dseq, LeaseClosedReason.lease_closed_reason_decommission),
      { state: 3, reason: 10_001 },
    ],
    ['without money', exhaust, { state: 2, reason: 20_000 }],
  ] as const)('end a lease as %s, and its process with it', async (_why, end, expected) => {
    const plan = await planService();
    const dseq = await tenant.lease(plan, 'oregon');
    await tenant.sendManifest('oregon', dseq, plan.manifest);
    const url = await tenant.serviceUrl('oregon', dseq);
    await end(dseq);
    expect(await tenant.leaseState(dseq)).toEqual(expected);
    await eventually(async () => {
      await expect(fetch(url)).rejects.toThrow();
    });
  });

  async function close(dseq: string, reason: LeaseClosedReason): Promise<unknown> {
    return devnet.closeLeases({ owner: tenant.address, dseq }, reason);
  }

  async function exhaust(dseq: string): Promise<unknown> {
    return devnet.exhaustEscrow({ owner: tenant.address, dseq });
  }
});

it('a lease that no manifest comes for is closed with 10003', async () => {
  const impatient = await startDevnet({
    ...{
      directory,
      blockTimeMs: 20,
      profiles: [{ ...(PROVIDERS[0] as ProviderProfile), bidDelayMs: 0 }],
    },
    times: { bidLifetimeMs: 60_000, manifestTimeoutMs: 100 },
  });
  const other = createChainNodeSDK({ query: { baseUrl: impatient.addresses.grpcUrl } });
  const waiting = await Tenant.of(impatient, other);
  const dseq = await waiting.lease(await planService(), 'oregon');
  await eventually(async () => {
    expect(await waiting.leaseState(dseq)).toEqual({ state: 3, reason: 10_003 });
  });
});

async function manner(): Promise<{ token: string }> {
  return { token: await tenant.token() };
}

/** The same claims, and others, signed in the plain way. */
function es256k(token: string, change: object = {}): string {
  const [, payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'ES256K', typ: 'JWT' })}.${encode({ ...claims, ...change })}`;
  return `${signed}.${signText(devnet.tenant, signed)}`;
}
