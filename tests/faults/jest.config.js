import { jestSuite } from '../support/jest-suite.js';

// These kill real processes and wait for others to notice: one at a time.
export default jestSuite({ folder: 'faults', testTimeout: 120_000, maxWorkers: 1 });
