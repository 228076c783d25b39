// npm run -s registry -- [--json] show ID: an agent of the registry, every field with how it was
// verified. ID is a number, or eip155:<chain>:<registry>/<number>. Exit code 1, with the reason on
// standard error, when it must not be believed, or cannot be read.
// npm run -s registry -- [--json] list [COUNT]: the newest agents of the registry, 20 by default.
// The settings are those of the plugin; without them, those of the devnet that runs here.
import './launcher/environment-defaults.ts';
import { parseArgs } from 'node:util';
import {
  environment,
  explainError,
  processSettings,
  readSettings,
  type SettingSource,
} from '@371os/kernel';
import { devnetSettings, findDevnet } from '@371os/devnet';
import {
  openNetwork,
  presentReport,
  readAgentReference,
  registryName,
  registrySettings,
  UnknownAgentError,
  type PresentedReport,
  type RegistryNetwork,
} from '@371os/plugin-registry';

const USAGE = 'Usage: npm run -s registry -- [--json] show ID | list [COUNT]';
const LISTED = '20';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [command, argument, ...others] = positionals;
  const network = openNetwork(readSettings(registrySettings, await settingsHere()));
  if (others.length > 0) misused();
  else if (command === 'show' && argument !== undefined) await show(network, argument, values.json);
  else if (command === 'list' && /^[1-9]\d{0,5}$/.test(argument ?? LISTED))
    await list(network, Number(argument ?? LISTED), values.json);
  else misused();
}

async function show(network: RegistryNetwork, id: string, isJson: boolean): Promise<void> {
  const reference = readAgentReference(id, network.identities.reference);
  if (!reference) throw new UnknownAgentError({ id });
  const report = presentReport(await network.reader.read(reference));
  say(isJson ? JSON.stringify(report, undefined, 2) : describe(report));
  if (report.reason === undefined) return;
  process.stderr.write(`Not to be believed: ${report.reason}\n`);
  process.exitCode = 1;
}

async function list(
  { identities }: RegistryNetwork,
  count: number,
  isJson: boolean,
): Promise<void> {
  const fromBlock = readSettings(registrySettings, await settingsHere()).REGISTRY_FROM_BLOCK;
  const events = await identities.events({ fromBlock });
  const newest = events.filter(({ kind }) => kind === 'registered').slice(-count);
  const agents = newest.map(({ agentId, blockNumber, transactionHash }) => ({
    id: `${registryName(identities.reference)}/${String(agentId)}`,
    ...{ blockNumber, transactionHash },
  }));
  const lines = agents.map(({ id, blockNumber }) => `${id} since block ${String(blockNumber)}`);
  say(isJson ? JSON.stringify(agents, undefined, 2) : lines.join('\n') || 'Nobody is registered.');
}

function describe({ id, isActive, fields, checks }: PresentedReport): string {
  return [
    `${id}: ${isActive ? 'active' : 'not active'}`,
    ...Object.entries(fields).map(([name, { value }]) => `  ${name}: ${JSON.stringify(value)}`),
    ...checks.map(
      ({ name, state, how }) => `${state === 'failed' ? 'FAILED ' : ''}${name}: ${how}`,
    ),
  ].join('\n');
}

/** Setting files and the environment, and for what they do not set the devnet that runs on this company's directory. */
async function settingsHere(): Promise<SettingSource> {
  const isSet = (key: string): boolean => (processSettings(key) ?? '') !== '';
  if (isSet('REGISTRY_RPC_URL') || isSet('ETHEREUM_RPC_URL')) return processSettings;
  const devnet = await findDevnet(readSettings(devnetSettings, environment).DEVNET_DIR);
  const { evm, ipfs } = devnet ?? {};
  const known: Record<string, unknown> = {
    REGISTRY_RPC_URL: evm?.rpcUrl,
    REGISTRY_CHAIN_ID: evm?.chainId,
    REGISTRY_CONTRACT_ADDRESS: evm?.identityRegistry,
    IPFS_API_URL: ipfs?.apiUrl,
  };
  return (key) => (isSet(key) ? processSettings(key) : known[key]);
}

function misused(): void {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explainError(error)}\n`);
  process.exitCode = 1;
}
// Connections that are kept open would keep the program open; what was said goes out first.
process.stdout.write('', () => process.exit());
