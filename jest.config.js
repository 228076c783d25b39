import { jestSuite } from './tests/support/jest-suite.js';

export default jestSuite();
