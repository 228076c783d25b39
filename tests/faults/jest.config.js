import { jestSuite } from '../support/jest-suite.js';

// These kill real processes and wait for others to notice: one waits while another one works.
export default jestSuite({ folder: 'faults', testTimeout: 120_000, maxWorkers: 2 });
