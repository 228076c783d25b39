// npm run contracts: compiles plugins/contracts/solidity and writes ABI and bytecode of each contract
// to plugins/contracts/src. With `--check` it writes nothing, and ends with exit code 1 when what is
// there is not what the sources give.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import {
  compileContracts,
  readSolidity,
  type CompiledContract,
} from './contracts/compile-contracts.ts';

const CONTRACTS = [
  { name: 'IdentityRegistry', constant: 'IDENTITY_REGISTRY', file: 'identity-registry.ts' },
  { name: 'ReputationRegistry', constant: 'REPUTATION_REGISTRY', file: 'reputation-registry.ts' },
];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const compiled = compileContracts(
    Object.fromEntries(CONTRACTS.map(({ name }) => [`${name}.sol`, readSolidity(`${name}.sol`)])),
  );
  for (const { name, constant, file } of CONTRACTS) {
    const path = fileURLToPath(new URL(`../plugins/contracts/src/${file}`, import.meta.url));
    const { abi = [], bytecode = '' } = compiled[name] ?? {};
    const text = await moduleText(path, `${name}.sol`, constant, { abi, bytecode });
    if (values.check) check(file, readFileSync(path, 'utf8') === text);
    else writeFileSync(path, text);
  }
}

async function moduleText(
  path: string,
  source: string,
  constant: string,
  contract: CompiledContract,
): Promise<string> {
  const text = `// Written by \`npm run contracts\` from solidity/${source}.

/** ABI, in the readable form of ethers and viem, and creation bytecode. */
export const ${constant} = ${JSON.stringify(contract)} as const;`;
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

function check(file: string, isSame: boolean): void {
  if (isSame) return;
  process.stderr.write(`${file} is not what the sources give: run \`npm run contracts\`.\n`);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
