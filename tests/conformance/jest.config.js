import { jestSuite } from '../support/jest-suite.js';

export default jestSuite({ folder: 'conformance', testTimeout: 300_000, maxWorkers: 1 });
