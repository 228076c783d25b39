import TestSequencer from '@jest/test-sequencer';

const SLOW = /\/tests\/(e2e|upgrade|akash|devnet)\//;

/**
 * Begins with what starts companies and devnets, so that no processor is left with one of them at the
 * end. Where jest has no record of how long each file took, as on a clean clone, it goes by their size.
 */
export default class SlowFirst extends TestSequencer {
  /** @override */
  sort(tests) {
    const sorted = super.sort(tests);
    const isSlow = ({ path }) => SLOW.test(path);
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
}
