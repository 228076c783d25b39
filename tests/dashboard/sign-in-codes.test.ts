import { expect, test } from '@jest/globals';
import { secureRandom } from '@371os/kernel';
import { SignInCodes } from '@371os/plugin-dashboard';

const MINUTE_MS = 60_000;

test('a code is good once, for ten minutes', () => {
  let nowMs = 0;
  const codes = new SignInCodes({ random: secureRandom, clock: () => nowMs });
  const [early, late, other] = [codes.issue(), codes.issue(), codes.issue()];
  expect(new Set([early, late, other]).size).toBe(3);
  expect(early.length).toBeGreaterThanOrEqual(32);
  nowMs = 10 * MINUTE_MS - 1;
  expect(codes.redeem(early)).toBe(true);
  expect(codes.redeem(early)).toBe(false);
  nowMs = 10 * MINUTE_MS;
  expect(codes.redeem(late)).toBe(false);
  expect(codes.redeem('')).toBe(false);
});
