import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createChainNodeSDK } from '@akashnetwork/chain-sdk';
import { manifestHash, parseManifest, PROVIDERS, type AkashDevnet } from '@371os/devnet';
import { startDevnet } from './local-chain.ts';
import { Tenant } from './tenant.ts';

// What others than us made: the devnet must agree with it.

describe("the hash of a manifest that Akash's Go tools made", () => {
  const vectors = JSON.parse(
    readFileSync(new URL('../fixtures/akash/go-vectors.json', import.meta.url), 'utf8'),
  ) as Record<string, { manifest?: object }>;
  const manifests = Object.entries(vectors).flatMap(([name, { manifest }]) =>
    manifest ? [[name, JSON.stringify(manifest)] as const] : [],
  );

  it('is tried on many', () => {
    expect(manifests.length).toBeGreaterThan(10);
  });

  // The vectors are sorted already, and Go hashes what it sorted.
  it.each(manifests)('%s is that of its own text', (_name, text) => {
    expect(hashOf(text)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('does not depend on order, spaces, fields that Go leaves out, or those it does not know', () => {
    const [[, text]] = manifests as [readonly [string, string]];
    const manifest = JSON.parse(text) as { services: object[] }[];
    const [group] = manifest;
    const service = { unknown: 1, params: null, ...group?.services[0] };
    const backwards = Object.fromEntries(Object.entries(service).reverse());
    const other = [{ ...group, services: [backwards, ...(group?.services.slice(1) ?? [])] }];
    expect(hashOf(JSON.stringify(other, null, 2))).toBe(hashOf(text));
  });

  it('is made of what Go escapes', () => {
    const [[, text]] = manifests as [readonly [string, string]];
    const env = text.replace('"env":null', '"env":["A=<b>&c"]');
    expect(env).not.toBe(text);
    const escaped = env.replace('<b>&c', '\\u003cb\\u003e\\u0026c');
    expect(hashOf(env)).toBe(createHash('sha256').update(escaped).digest('hex'));
  });

  function hashOf(text: string): string {
    return manifestHash(parseManifest(text)).toString('hex');
  }
});

// akash-network/chain-sdk, testdata/jwt/cases_jwt.json.tmpl, "sign valid/verify against static token
// string". The public key follows from its signature, and its address is the one that it claims.
describe('a token that Akash made', () => {
  const token = [
    'eyJhbGciOiJFUzI1NksiLCJ0eXAiOiJKV1QifQ',
    'eyJpc3MiOiJha2FzaDFxdWZhM3h6cmYzNHF2d3llamtodm5jNHBzZjQ5ZmZ0YXcwYXNtaCIsImV4cCI6MjA0NjY2NzEwMywibmJmIjoxNzQ2NjY2MTAzLCJpYXQiOjE3NDY2NjYxMDMsInZlcnNpb24iOiJ2MSIsImxlYXNlcyI6eyJhY2Nlc3MiOiJmdWxsIn19',
    'MZr8b9Q-hcnAUAFbdAVcZpetppP0YDFxJwkRncgE8mEM20woFB2yJuFbfv6YMAUZk8DNORoLaP8hUP8q2FnznQ',
  ].join('.');
  const address = 'akash1qufa3xzrf34qvwyejkhvnc4psf49fftaw0asmh';
  const publicKey = 'A+H95cwX9WUB7VPYdxjfdsE1uaZAHc61PRmBEaHq+F92';
  let devnet: AkashDevnet;
  let tenant: Tenant;

  beforeAll(async () => {
    const clock = (): number => 1_750_000_000_000;
    devnet = await startDevnet({ profiles: PROVIDERS.slice(0, 1), clock });
    const sdk = createChainNodeSDK({ query: { baseUrl: devnet.addresses.grpcUrl } });
    tenant = await Tenant.of(devnet, sdk);
  });

  async function ask(): Promise<number> {
    // The certificates are of another time than the real clock's.
    const manner = { token, name: 'mtls.localhost' };
    return (await tenant.ask('oregon', '/lease/1/1/1/status', manner)).status;
  }

  it('is taken once the chain knows the key of its account, and not before', async () => {
    expect(await ask()).toBe(401);
    void devnet.chain.intervene(({ bank }) => {
      bank.saveAccount({ address, number: 99, sequence: 1, publicKey });
    });
    devnet.chain.makeBlock();
    expect(await ask()).toBe(404);
  });
});
