import { jestSuite } from '../support/jest-suite.js';

// Each test breaks a contract, and runs the contract's own tests on it: minutes in all.
export default jestSuite({ folder: 'mutants', testTimeout: 180_000 });
