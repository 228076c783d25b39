import { jestSuite } from '../support/jest-suite.js';

// PostgreSQL is one for all of the files, and they measure what it can take: one at a time.
export default jestSuite({ folder: 'postgres', testTimeout: 120_000, maxWorkers: 1 });
