import { jestSuite } from '../support/jest-suite.js';

// Builds, packs, installs several hundred packages and starts the official command line.
export default jestSuite({ folder: 'packed', testTimeout: 600_000, maxWorkers: 1 });
