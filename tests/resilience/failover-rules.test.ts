import { describe, expect, it, test } from '@jest/globals';
import { chooseBids } from '../../plugins/plugin-akash/src/domain/choose-bids.ts';
import {
  recoveryTimes,
  type Failover,
} from '../../plugins/plugin-resilience/src/domain/failover.ts';
import { readFailoverRequest } from '../../plugins/plugin-resilience/src/domain/read-failover-request.ts';

const NOVA = 'Nova';

describe('what somebody wants to have elsewhere', () => {
  it.each([
    ['fail over Nova', 'Nova'],
    ['Please fail over the agent CMO Kai.', 'CMO Kai'],
    ['can you fail Nova over now', 'Nova'],
    ['move Nova to another provider', 'Nova'],
    ['move Nova to the top of the list', undefined],
    ['did the deployment fail over night?', undefined],
  ])('%s', (text, name) => {
    expect(readFailoverRequest(text)?.name).toBe(name);
  });
});

describe('the place of one that is placed anew', () => {
  const bid = (provider: string, price: bigint) => ({
    ...{ provider, price, denom: 'uact', gseq: 1, oseq: 1, bseq: 1 },
  });
  const fact = (region: string) => ({
    ...{ region, isAudited: true, uptimePermille: 999, isReachable: true },
  });
  const facts = new Map([
    ['cheap', fact('eu-central')],
    ['near', fact('eu-central')],
    ['far', fact('us-west')],
  ]);
  const groups = [{ name: 'agent', gseq: 1, regions: [], maximumPrice: 100n }];
  const chosen = (providers: string[], excluded: string[], avoided: string[], isCheapest = false) =>
    chooseBids(
      providers.map((name) => bid(name, name === 'far' ? 90n : 10n)),
      facts,
      { groups, excluded, avoided, isCheapest },
    ).chosen.map((one) => one.bid.provider);

  it('is in another region where one is offered, whatever it costs within the price', () => {
    expect(chosen(['cheap', 'near', 'far'], ['cheap'], ['eu-central'])).toEqual(['far']);
  });

  it('is in the same region where no other one is', () => {
    expect(chosen(['cheap', 'near'], ['cheap'], ['eu-central'])).toEqual(['near']);
  });

  it('is the cheapest that can be taken, and not the best', () => {
    const offers = [bid('good', 40n), bid('cheap', 30n), bid('dear', 101n), bid('gone', 1n)];
    const flaky = bid('flaky', 10n);
    const known = new Map([
      ['good', fact('us-west')],
      ['cheap', { ...fact('us-west'), isAudited: false, uptimePermille: 950 }],
      ['flaky', { ...fact('us-west'), uptimePermille: 949 }],
      ['dear', fact('us-west')],
      ['gone', { ...fact('us-west'), isReachable: false }],
    ]);
    const taken = (isCheapest: boolean, bids = offers) =>
      chooseBids(bids, known, { groups, excluded: [], isCheapest }).chosen[0]?.bid.provider;
    expect(taken(false)).toBe('good');
    expect(taken(true)).toBe('cheap');
    // One that is down often is taken where there is no other.
    expect(taken(true, [...offers, flaky])).toBe('cheap');
    expect(taken(true, [flaky, bid('dear', 101n)])).toBe('flaky');
  });

  it('is one that had it before where no other can be taken, whatever its price and region', () => {
    const taken = (offers: string[], known: string[], isCheapest = true) =>
      chooseBids(
        offers.map((name) => bid(name, name === 'near' ? 90n : 10n)),
        facts,
        { groups, excluded: ['cheap'], known, avoided: ['eu-central'], isCheapest },
      ).chosen.map((one) => one.bid.provider);
    expect(taken(['cheap', 'near', 'far'], ['far'])).toEqual(['near']);
    expect(taken(['cheap', 'near', 'far'], ['far'], false)).toEqual(['near']);
    expect(taken(['cheap', 'far'], ['far'])).toEqual(['far']);
    expect(taken(['cheap', 'near', 'far'], ['far', 'near'])).toEqual(['far']);
    expect(taken(['cheap'], [])).toEqual([]);
  });

  it('is the best where nothing was lost', () => {
    expect(chosen(['cheap', 'far'], [], [])).toEqual(['cheap']);
  });
});

test('times to recover are those of what is over', () => {
  const took = (ms: number | undefined): Failover => ({
    ...{ id: '1', agent: NOVA, kind: 'process', cause: '', by: 'system', fromPlace: '' },
    ...{ toPlace: undefined, fromPrice: undefined, toPrice: undefined, failure: undefined },
    ...{ detectedAtMs: 1_000, placedAtMs: undefined },
    recoveredAtMs: ms === undefined ? undefined : 1_000 + ms,
  });
  expect(recoveryTimes([took(undefined)])).toEqual({ count: 0, p50Ms: null, p95Ms: null });
  const times = [400, 100, 300, 200, undefined].map(took);
  expect(recoveryTimes(times)).toEqual({ count: 4, p50Ms: 200, p95Ms: 400 });
});
