export { runCli, type Terminal } from './run-cli.ts';
