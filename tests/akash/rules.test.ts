import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatUsd, parseUsd } from '@371os/kernel';
import {
  FASTEST_BLOCK_MS,
  formatBlockPrice,
  InvalidSpecError,
  monthlyCost,
  priceWithin,
  PROVIDER_BLOCK_MS,
  readBlockPrice,
  readDeployRequest,
  readSpec,
  runwayOf,
  scoreBids,
  SecretWrittenOutError,
  topUpFor,
  type Bid,
  type ProviderFacts,
} from '@371os/plugin-akash';

describe('a request in words', () => {
  test.each([
    [
      'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu',
      {
        dockerImage: 'nginx:alpine',
        cpu: '0.5',
        memory: '512Mi',
        maxCost: '5.00',
        regions: 'eu',
        ports: '80/http',
      },
    ],
    ['Please deploy nginx to Akash', { dockerImage: 'nginx', ports: '80/http' }],
    [
      'deploy ghcr.io/acme/api:1.4 on akash, port 3000, two replicas, redundancy 2, at most 20 dollars a month',
      {
        dockerImage: 'ghcr.io/acme/api:1.4',
        ports: '3000',
        replicas: '2',
        redundancy: '2',
        maxCost: '20.00',
      },
    ],
    [
      'deploy postgres with 10 GB persistent storage, 1 GB of memory, in the us, under $10 per month',
      {
        dockerImage: 'postgres',
        storage: '10G',
        memory: '1G',
        persistence: 'true',
        regions: 'us',
        maxCost: '10.00',
        ports: '5432/tcp',
      },
    ],
    [
      'launch redis:7 with persistence mounted at /var/lib/redis, 1.5 cpus, 2 GiB ram and 20Gi disk in us-west or eu-central for max 30 cents a day',
      {
        dockerImage: 'redis:7',
        persistence: 'true',
        mountPath: '/var/lib/redis',
        cpu: '1.5',
        memory: '2Gi',
        storage: '20Gi',
        regions: 'us-west,eu-central',
        maxCost: '9.1311',
        ports: '6379/tcp',
      },
    ],
    [
      'host two instances of nginx:1.27 in europe, a quarter of a core each, 256 MB memory, budget of 1 dollar per day',
      {
        dockerImage: 'nginx:1.27',
        replicas: '2',
        cpu: '0.25',
        memory: '256M',
        regions: 'eu',
        maxCost: '30.437',
        ports: '80/http',
      },
    ],
    [
      'I want to deploy nginx on three different providers with twenty-five dollars monthly',
      { dockerImage: 'nginx', redundancy: '3', maxCost: '25.00', ports: '80/http' },
    ],
    [
      'deploy nginx with ports 80 and 443 and MODE=prod',
      { dockerImage: 'nginx', ports: '80,443', environment: 'MODE=prod' },
    ],
    [
      'start nginx:alpine for 60 dollars a year in asia',
      { dockerImage: 'nginx:alpine', maxCost: '5.00', regions: 'as', ports: '80/http' },
    ],
    ['deploy apps/web.yaml', { manifestPath: 'apps/web.yaml' }],
    [
      'deploy this:\n```yaml\nversion: "2.0"\nservices:\n  web: {}\n```',
      { sdl: 'version: "2.0"\nservices:\n  web: {}\n' },
    ],
  ])('%s', (text, fields) => {
    const request = readDeployRequest(text);
    expect(request?.fields).toEqual(fields);
    expect(request?.questions).toEqual([]);
    expect(request?.notUsed).toEqual([]);
  });

  test.each([
    ['deploy our website on akash', /image/],
    ['deploy nginx for $5', /month, or for a day/],
    ['deploy nginx for 5 euros a month', /US dollars/],
    ['deploy nginx with 512Mi and 10Gi', /10Gi memory or storage/],
    ['deploy nginx in mars', /"mars"/],
  ])('%s is asked about', (text, question) => {
    expect(readDeployRequest(text)?.questions.join(' ')).toMatch(question);
  });

  test.each([
    'run the tests',
    'deploy the new version to production',
    'Our API returns 502 since the last deploy',
    'launch the spring campaign in the eu',
    'host a webinar',
    'how much of our budget is left?',
  ])('%s is no request to deploy a container', (text) => {
    expect(readDeployRequest(text)).toBeUndefined();
  });

  test('words that nobody reads are named', () => {
    expect(readDeployRequest('deploy nginx with 2 cpus and a GPU')?.notUsed).toEqual(['GPU']);
  });

  test('any text is read without throwing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        readDeployRequest(`deploy nginx ${text}`);
        readDeployRequest(text);
      }),
    );
  });
});

describe('a specification', () => {
  test("has the origin's defaults", () => {
    expect(readSpec({ dockerImage: 'nginx' })).toEqual({
      image: 'nginx',
      milliCpu: 500,
      memoryBytes: 2 ** 30,
      storageBytes: 10 * 2 ** 30,
      replicas: 1,
      ports: [{ port: 8080, proto: 'http' }],
      environment: {},
      maximumPico: parseUsd('100'),
      regions: ['us-west', 'eu-central'],
      isPersistent: false,
      mountPath: '/data',
      redundancy: 1,
    });
  });

  test('is the same from fields of a program', () => {
    const fields = {
      dockerImage: 'nginx',
      cpu: 2,
      replicas: 3,
      maxCost: 12.5,
      persistence: true,
      regions: ['eu'],
      ports: [{ port: 53, proto: 'udp' }],
      environment: { A: 1 },
    };
    expect(readSpec(fields)).toMatchObject({
      milliCpu: 2000,
      replicas: 3,
      maximumPico: parseUsd('12.5'),
      isPersistent: true,
      regions: ['eu'],
      ports: [{ port: 53, proto: 'udp' }],
      environment: { A: '1' },
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ['dockerImage', { dockerImage: 'nginx;rm -rf /' }],
    ['dockerImage', { dockerImage: 'nginx`id`' }],
    ['dockerImage', {}],
    ['maxCost', { dockerImage: 'nginx', maxCost: '-5' }],
    ['maxCost', { dockerImage: 'nginx', maxCost: 0 }],
    ['maxCost', { dockerImage: 'nginx', maxCost: 'NaN' }],
    ['replicas', { dockerImage: 'nginx', replicas: 0 }],
    ['replicas', { dockerImage: 'nginx', replicas: 51 }],
    ['ports', { dockerImage: 'nginx', ports: '70000' }],
    ['ports', { dockerImage: 'nginx', ports: '80,80' }],
    ['regions', { dockerImage: 'nginx', regions: ['mars'] }],
    ['cpu', { dockerImage: 'nginx', cpu: '9m' }],
    ['memory', { dockerImage: 'nginx', memory: '3Ti' }],
    ['storage', { dockerImage: 'nginx', storage: '1Mi' }],
    ['redundancy', { dockerImage: 'nginx', redundancy: 0 }],
    ['mountPath', { dockerImage: 'nginx', mountPath: 'data' }],
    ['environment', { dockerImage: 'nginx', environment: { 'A B': '1' } }],
  ])('is refused for its %s: %j', (field, fields) => {
    expect(() => readSpec(fields)).toThrow(InvalidSpecError);
    expect(() => readSpec(fields)).toThrow(`be deployed: ${field}`);
  });

  test.each([
    ['DB_PASSWORD', 'hunter2'],
    ['KEY', 'sk-abcdefghijklmnopqrstuvwx'],
    ['DATABASE_URL', 'postgres://me:hunter2@db:5432/x'],
  ])('keeps the secret in %s out, and its value out of the error', (name, value) => {
    const attempt = (): unknown =>
      readSpec({ dockerImage: 'nginx', environment: { [name]: value } });
    expect(attempt).toThrow(SecretWrittenOutError);
    expect(attempt).not.toThrow(new RegExp(value.replace(/[^\w]/g, '.')));
    const reference = { [name]: 'secret:DB' };
    expect(readSpec({ dockerImage: 'nginx', environment: reference }).environment).toEqual(
      reference,
    );
  });
});

describe('prices of blocks', () => {
  test.each([
    ['1', FASTEST_BLOCK_MS, '0.4382928'],
    ['1', PROVIDER_BLOCK_MS, '0.429909563512'],
  ])('%s uact a block of %d ms', (price, blockMs, usd) => {
    expect(formatUsd(monthlyCost(readBlockPrice(price)!, blockMs))).toMatch(new RegExp(`^${usd}`));
  });

  test('the highest price within a maximum stays within it, and a millionth more does not', () => {
    fc.assert(
      fc.property(fc.bigInt(1_000_000n, 10n ** 18n), (maximum) => {
        const price = priceWithin(maximum);
        expect(monthlyCost(price, FASTEST_BLOCK_MS)).toBeLessThanOrEqual(maximum);
        expect(monthlyCost(price + 10n ** 12n, FASTEST_BLOCK_MS)).toBeGreaterThan(maximum);
        expect(readBlockPrice(formatBlockPrice(price))).toBe(price);
      }),
    );
  });
});

describe('the runway of an escrow', () => {
  const rate = readBlockPrice('10')!;

  test.each([
    [0n, 0n, 0],
    [99n, 9n, 0],
    [144_000n, 14_400n, 1],
    [5_000_000n, 500_000n, 34.7],
  ])('%d uact at 10 a block', (funds, blocks, days) => {
    expect(runwayOf(funds, rate, FASTEST_BLOCK_MS)).toMatchObject({ blocks, days });
  });

  test('is endless when nothing is spent', () => {
    expect(runwayOf(1n, 0n, FASTEST_BLOCK_MS)).toBeUndefined();
  });

  test('a top-up makes it last, and is no larger than it has to be', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 9n),
        fc.bigInt(1n, 10n ** 22n),
        fc.integer({ min: 1, max: 365 }),
        (fundsUact, rateAtto, days) => {
          const state = { fundsUact, rate: rateAtto, blockMs: FASTEST_BLOCK_MS };
          const added = topUpFor(days, state);
          expect(
            runwayOf(fundsUact + added, rateAtto, FASTEST_BLOCK_MS)!.days,
          ).toBeGreaterThanOrEqual(days);
          if (added > 0n)
            expect(
              runwayOf(fundsUact + added - 1n, rateAtto, FASTEST_BLOCK_MS)!.seconds,
            ).toBeLessThan(days * 86_400);
        },
      ),
    );
  });
});

describe('scoring bids', () => {
  const good: ProviderFacts = {
    region: 'eu-central',
    isAudited: true,
    uptimePermille: 1000,
    isReachable: true,
  };
  const bid = (provider: string, price: string, denom = 'uact'): Bid => ({
    provider,
    denom,
    price: readBlockPrice(price)!,
  });
  const wishes = {
    regions: ['eu', 'us-west'],
    maximumPrice: readBlockPrice('10')!,
    excludedProviders: ['failed'],
  };
  const score = (bids: Bid[], facts: Record<string, ProviderFacts>): ReturnType<typeof scoreBids> =>
    scoreBids(bids, new Map(Object.entries(facts)), wishes);

  test.each<[string, Partial<ProviderFacts>, number]>([
    ['all that is wished', {}, 1000],
    ['a second region', { region: 'us-west-2' }, 975],
    ['no audit', { isAudited: false }, 850],
    ['uptime not known', { uptimePermille: undefined }, 875],
    ['nine tenths up', { uptimePermille: 900 }, 862],
    ['never up', { uptimePermille: 0 }, 750],
    ['not tried', { isReachable: undefined }, 950],
  ])('%s', (_name, facts, points) => {
    const [first] = score([bid('a', '5')], { a: { ...good, ...facts } });
    expect(first?.score).toBe(points);
    expect(first?.reasons).toHaveLength(5);
  });

  test.each<[string, Bid, Partial<ProviderFacts>, RegExp]>([
    ['above the maximum', bid('a', '10.000001'), {}, /above the 10 /],
    ['in another currency', bid('a', '5', 'uakt'), {}, /uakt/],
    ['elsewhere', bid('a', '5'), { region: 'as-south' }, /none of eu, us-west/],
    ['somewhere', bid('a', '5'), { region: undefined }, /not known/],
    ['unreachable', bid('a', '5'), { isReachable: false }, /does not answer/],
    ['of a provider that failed', bid('failed', '5'), {}, /has failed/],
  ])('one %s cannot be taken', (_name, one, facts, reason) => {
    const [first] = score([one], { [one.provider]: { ...good, ...facts } });
    expect(first?.score).toBeUndefined();
    expect(first?.reasons.join(' ')).toMatch(reason);
  });

  test('the cheapest is not always the best, and what cannot be taken comes last', () => {
    const ranked = score([bid('far', '1'), bid('cheap', '4'), bid('solid', '5')], {
      far: { ...good, region: 'as-south' },
      cheap: { ...good, isAudited: false, uptimePermille: 700 },
      solid: good,
    });
    expect(ranked.map((one) => one.bid.provider)).toEqual(['solid', 'cheap', 'far']);
  });

  test('equal bids go by price and name, whatever their order', () => {
    const bids = [bid('b', '5'), bid('a', '5'), bid('c', '5')];
    const facts = { a: good, b: good, c: good };
    const names = (list: Bid[]): string[] => score(list, facts).map((one) => one.bid.provider);
    expect(names(bids)).toEqual(['a', 'b', 'c']);
    expect(names(bids.toReversed())).toEqual(['a', 'b', 'c']);
  });
});
