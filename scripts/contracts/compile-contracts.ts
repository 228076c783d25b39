import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Interface } from 'ethers';
import { z } from 'zod';

const require = createRequire(import.meta.url);
const SOLIDITY = new URL('../../plugins/contracts/solidity/', import.meta.url);

// The same sources give the same bytes on every machine: no metadata, which holds paths, is appended.
const SETTINGS = {
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
};

const compiled = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      abi: z.array(z.record(z.string(), z.unknown())),
      evm: z.object({ bytecode: z.object({ object: z.string() }) }),
    }),
  ),
);

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: unknown;
}

interface Solc {
  compile(
    input: string,
    callbacks: { import: (path: string) => { contents: string } | { error: string } },
  ): string;
}

export interface CompiledContract {
  /** In the readable form of ethers. */
  readonly abi: readonly string[];
  readonly bytecode: string;
}

export class ContractsDoNotCompileError extends Error {
  constructor({ problems }: { problems: readonly string[] }) {
    super(`The contracts do not compile:\n${problems.join('\n')}`);
  }
}

/** The Solidity source of a file of plugins/contracts/solidity. */
export function readSolidity(file: string): string {
  return readFileSync(new URL(file, SOLIDITY), 'utf8');
}

/**
 * Compiles Solidity sources; what they import is taken from node_modules.
 * @param sources by file name
 * @param isDraft is quicker: it does not optimise, and does not take warnings for errors
 * @returns the contract of each file that is named after it
 * @throws ContractsDoNotCompileError
 */
export function compileContracts(
  sources: Readonly<Record<string, string>>,
  isDraft = false,
): Record<string, CompiledContract> {
  const input = {
    language: 'Solidity',
    settings: { ...SETTINGS, optimizer: { enabled: !isDraft, runs: 200 } },
    sources: Object.fromEntries(
      Object.entries(sources).map(([file, content]) => [file, { content }]),
    ),
  };
  const solc = require('solc') as Solc;
  const answer = solc.compile(JSON.stringify(input), { import: readImport });
  const { errors = [], contracts } = JSON.parse(answer) as Output;
  const problems = errors
    .filter(({ severity }) => !isDraft || severity === 'error')
    .map(({ formattedMessage }) => formattedMessage);
  if (problems.length > 0) throw new ContractsDoNotCompileError({ problems });
  const files = compiled.parse(contracts);
  return Object.fromEntries(
    Object.keys(sources).map((file) => {
      const name = file.replace(/\.sol$/, '');
      const { abi = [], evm } = files[file]?.[name] ?? {};
      const bytecode = `0x${evm?.bytecode.object ?? ''}`;
      return [name, { abi: new Interface(abi).format(), bytecode }];
    }),
  );
}

function readImport(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(fileURLToPath(import.meta.resolve(path)), 'utf8') };
  } catch {
    return { error: `There is no file ${path}.` };
  }
}
