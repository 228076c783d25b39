import { getAddress, id, Interface, TypedDataEncoder, verifyTypedData } from 'ethers';
import { CallRevertedError } from '../../chain-errors.ts';
import type { TypedData } from '../../domain/registration-file.ts';
import type { EvmChain } from '../../ports/evm-chain.ts';
import type { Signatures } from '../../ports/signatures.ts';

const ERC_1271 = new Interface([
  'function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)',
]);
// A contract answers with the selector of the question, padded to 32 bytes.
const YES = `0x1626ba7e${'0'.repeat(56)}`;

/** Signatures by ethers; those of contracts are asked for on chain. */
export class EthersSignatures implements Signatures {
  readonly #chain: EvmChain;

  constructor(chain: EvmChain) {
    this.#chain = chain;
  }

  hashText(text: string): string {
    return id(text);
  }

  async isSignedBy(signer: string, data: TypedData, signature: string): Promise<boolean> {
    const { domain, types, message } = data;
    if (recovered(data, signature) === getAddress(signer)) return true;
    if (!(await this.#chain.hasCode(signer))) return false;
    const digest = TypedDataEncoder.hash(domain, types, message);
    const question = ERC_1271.encodeFunctionData('isValidSignature', [digest, signature]);
    try {
      return (await this.#chain.call({ to: signer, data: question })) === YES;
    } catch (error) {
      if (error instanceof CallRevertedError) return false;
      throw error;
    }
  }
}

function recovered({ domain, types, message }: TypedData, signature: string): string | undefined {
  try {
    return verifyTypedData(domain, types, message, signature);
  } catch {
    return undefined;
  }
}
