import { describe, expect, it } from '@jest/globals';
import { forecastBurn, monthAt, parseUsd } from '@371os/kernel';

const DAY_MS = 86_400_000;

describe('a month', () => {
  it.each([
    ['2026-03-01T00:00:00Z', 1],
    ['2026-03-01T18:00:00Z', 1],
    ['2026-03-11T00:00:00Z', 10],
    ['2026-03-31T23:59:59.999Z', 31],
  ])('at %s is taken to be %d days old', (text, days) => {
    const month = monthAt(Date.parse(text));
    expect(month.monthStartMs).toBe(Date.parse('2026-03-01T00:00:00Z'));
    expect(month.monthEndMs).toBe(Date.parse('2026-04-01T00:00:00Z'));
    expect(Math.round(month.elapsedMs / DAY_MS)).toBe(days);
  });

  it('may end a year', () => {
    expect(monthAt(Date.parse('2026-12-09T00:00:00Z')).monthEndMs).toBe(
      Date.parse('2027-01-01T00:00:00Z'),
    );
  });
});

describe('a forecast', () => {
  const month = monthAt(Date.parse('2026-06-11T00:00:00Z'));

  it('goes on as until now', () => {
    expect(forecastBurn(parseUsd('4'), parseUsd('16'), month)).toEqual({
      burnPerDayPico: parseUsd('0.4'),
      monthEndPico: parseUsd('12'),
      runwayTenths: 400n,
    });
  });

  it.each([
    ['without a cap', parseUsd('4'), undefined],
    ['without spending', 0n, parseUsd('16')],
  ])('%s has no runway', (_what, spent, remaining) => {
    expect(forecastBurn(spent, remaining, month).runwayTenths).toBeUndefined();
  });

  it('of a cap that is used up has none left', () => {
    expect(forecastBurn(parseUsd('4'), 0n, month).runwayTenths).toBe(0n);
  });
});
