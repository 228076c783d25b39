import { jestSuite } from '../support/jest-suite.js';

// Starts a company and a browser.
export default jestSuite({ folder: 'browser', testTimeout: 120_000, maxWorkers: 1 });
