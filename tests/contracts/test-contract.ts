import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { ContractFactory, getAddress, Interface, isError, toQuantity } from 'ethers';
import type { JsonRpcProvider, LogDescription, LogParams } from 'ethers';
import { IDENTITY_REGISTRY, REPUTATION_REGISTRY } from '@371os/contracts';

const GAS = toQuantity(5_000_000);
const SUCCESS = '0x1';

interface Artifact {
  readonly abi: readonly string[];
  readonly bytecode: string;
}

// The mutation tests put a broken contract in the place of ours.
const MUTANT = process.env['MUTANT_CONTRACTS'];
export const ARTIFACTS: Readonly<Record<'IdentityRegistry' | 'ReputationRegistry', Artifact>> = {
  ...{ IdentityRegistry: IDENTITY_REGISTRY, ReputationRegistry: REPUTATION_REGISTRY },
  ...(MUTANT ? (JSON.parse(readFileSync(MUTANT, 'utf8')) as Record<string, Artifact>) : {}),
};

// One registry passes on what the other is refused by.
const IDENTITY_ERRORS = new Interface(ARTIFACTS.IdentityRegistry.abi);

export interface TestEvent {
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Receipt {
  readonly status: string;
  readonly contractAddress: string | null;
  readonly logs: readonly LogParams[];
}

/** A contract that anybody can be made to call: senders need no key, just an address with coins. */
export class TestContract {
  readonly #rpc: JsonRpcProvider;
  readonly #interface: Interface;
  readonly address: string;

  private constructor(rpc: JsonRpcProvider, abi: readonly string[], address: string) {
    this.#rpc = rpc;
    this.#interface = new Interface(abi);
    this.address = address;
  }

  static async deploy(
    rpc: JsonRpcProvider,
    name: keyof typeof ARTIFACTS,
    from: string,
    ...args: unknown[]
  ): Promise<TestContract> {
    const { abi, bytecode } = ARTIFACTS[name];
    const { data } = await new ContractFactory(abi, bytecode).getDeployTransaction(...args);
    const receipt = await sendTransaction(rpc, { from, data });
    if (receipt.status !== SUCCESS) throw new Error(`${name} was not deployed.`);
    return new TestContract(rpc, abi, getAddress(receipt.contractAddress!));
  }

  encode(method: string, ...args: unknown[]): string {
    return this.#interface.encodeFunctionData(method, args);
  }

  /** What a function answers; the one value, or all of them. */
  async read(method: string, ...args: unknown[]): Promise<unknown> {
    return this.readAs(this.address, method, ...args);
  }

  async readAs(from: string, method: string, ...args: unknown[]): Promise<unknown> {
    const answer = await this.#call(from, this.encode(method, ...args));
    const values = this.#interface.decodeFunctionResult(method, answer).toArray(true);
    return values.length === 1 ? values[0] : values;
  }

  /** Sends a transaction that must get through. @returns the events of this contract */
  async send(from: string, method: string, ...args: unknown[]): Promise<TestEvent[]> {
    const data = this.encode(method, ...args);
    const { status, logs } = await sendTransaction(this.#rpc, { from, to: this.address, data });
    // A call tells why, where a failed transaction does not.
    if (status !== SUCCESS) await this.#call(from, data);
    expect(status).toBe(SUCCESS);
    return logs
      .filter(({ address }) => getAddress(address) === this.address)
      .map((log) => presentEvent(this.#interface.parseLog(log)!));
  }

  /**
   * Why a call is refused: the text of its revert, or the name of its error.
   * @param seconds the time of the block that it is tried in, else about now
   * @returns nothing when it is not refused
   */
  async refusal(
    from: string,
    method: string,
    args: unknown[],
    seconds?: number,
  ): Promise<string | undefined> {
    try {
      await this.#call(from, this.encode(method, ...args), seconds);
      return undefined;
    } catch (error) {
      if (!isError(error, 'CALL_EXCEPTION')) throw error;
      return error.reason ?? IDENTITY_ERRORS.parseError(error.data ?? '0x')?.name ?? 'no reason';
    }
  }

  async #call(from: string, data: string, seconds?: number): Promise<string> {
    const time = seconds === undefined ? {} : { time: toQuantity(seconds) };
    const transaction = { from, to: this.address, data, gas: GAS };
    return (await this.#rpc.send('eth_call', [transaction, 'latest', {}, time])) as string;
  }
}

async function sendTransaction(
  rpc: JsonRpcProvider,
  transaction: { from: string; to?: string; data: string },
): Promise<Receipt> {
  const parameters = [{ ...transaction, gas: GAS }];
  return (await rpc.send('eth_sendTransactionSync', parameters)) as Receipt;
}

function presentEvent({ name, args }: LogDescription): TestEvent {
  return { name, args: args.toArray().map((value: unknown) => presentValue(value)) };
}

// An indexed text is known by its hash alone.
function presentValue(value: unknown): unknown {
  const isHash = typeof value === 'object' && value !== null && 'hash' in value;
  return isHash ? value.hash : value;
}
