import { BaseError } from '@371os/kernel';

/** A node that does not answer, or not in its language. */
export class RpcUnreachableError extends BaseError {
  constructor({ url, cause }: { url: string; cause?: unknown }) {
    super(
      `The chain's node at ${originOf(url)} does not answer. Nothing was changed by this call; check REGISTRY_RPC_URL and the network, and try again.`,
      { isRetryable: true, cause },
    );
  }
}

/** A node of another chain than the settings say: nothing is signed for it. */
export class WrongChainError extends BaseError {
  constructor({ wanted, found }: { wanted: number; found: number }) {
    super(
      `The node belongs to chain ${String(found)}, and REGISTRY_CHAIN_ID says ${String(wanted)}: nothing is read or signed. Correct one of REGISTRY_RPC_URL and REGISTRY_CHAIN_ID.`,
      { details: { wanted, found } },
    );
  }
}

/** An address that holds no contract. */
export class NoContractError extends BaseError {
  constructor({ address, chainId }: { address: string; chainId: number }) {
    super(
      `There is no contract at ${address} on chain ${String(chainId)}: nothing was sent there. Correct REGISTRY_CONTRACT_ADDRESS.`,
      { details: { address, chainId } },
    );
  }
}

/** A contract says no. */
export class CallRevertedError extends BaseError {
  constructor({ reason }: { reason: string }) {
    super(`The registry refuses it: ${reason}. Nothing was sent.`, { details: { reason } });
  }
}

/** A node that refuses a transaction. */
export class TransactionRefusedError extends BaseError {
  constructor({ problem, cause }: { problem: string; cause?: unknown }) {
    super(`The chain's node refuses the transaction: ${problem}.`, { cause });
  }
}

/** An account that cannot pay the gas. */
export class NoFundsError extends BaseError {
  constructor({ address, neededWei }: { address: string; neededWei?: bigint | undefined }) {
    const needed =
      neededWei === undefined ? '' : ` (up to ${formatNative(neededWei)} of the native coin)`;
    super(
      `The account ${address} cannot pay the gas${needed}: nothing was sent. Fund it and ask again.`,
      { details: { address } },
    );
  }
}

/** A transaction that is in a block and had no effect. */
export class TransactionRevertedError extends BaseError {
  constructor({ hash, reason }: { hash: string; reason: string }) {
    super(
      `The transaction ${hash} is in a block and changed nothing: ${reason}. Its gas is spent.`,
      { details: { hash, reason } },
    );
  }
}

/** A transaction that is in no block in time. It may still get into one. */
export class TransactionPendingError extends BaseError {
  constructor({ hash, waitedMs }: { hash: string; waitedMs: number }) {
    super(
      `The transaction ${hash} was in no block after ${String(Math.round(waitedMs / 1_000))} s.`,
      { details: { hash, waitedMs } },
    );
  }
}

/** A transaction that was called back before it was in a block. */
export class TransactionWithdrawnError extends BaseError {
  constructor({ key }: { key: string }) {
    super('The transaction was called back before it took effect.', { details: { key } });
  }
}

/** Gas is dearer than the settings allow. */
export class GasTooDearError extends BaseError {
  constructor({ feeWei, mostWei }: { feeWei: bigint; mostWei: bigint }) {
    super(
      `Gas costs ${gwei(feeWei)} gwei now, and REGISTRY_MAX_FEE_GWEI allows ${gwei(mostWei)}: nothing was sent. Wait, or raise it.`,
      { details: { feeWei: String(feeWei), mostWei: String(mostWei) } },
    );
  }
}

/** The month's cap on gas, in the chain's own coin, is used up. */
export class GasCapReachedError extends BaseError {
  constructor({ worstWei, capWei }: { worstWei: bigint; capWei: bigint }) {
    super(
      `This may cost up to ${formatNative(worstWei)} of the chain's coin in gas, and with what this month has taken that is more than REGISTRY_GAS_CAP_NATIVE (${formatNative(capWei)}): nothing was sent.`,
      { details: { worstWei: String(worstWei), capWei: String(capWei) } },
    );
  }
}

const GWEI = 1_000_000_000n;
const NATIVE_DIGITS = 18;

function gwei(wei: bigint): string {
  return String(Number((wei * 1_000n) / GWEI) / 1_000);
}

/** Wei as a decimal number of the chain's coin. */
export function formatNative(wei: bigint): string {
  const digits = wei.toString().padStart(NATIVE_DIGITS + 1, '0');
  const fraction = digits.slice(-NATIVE_DIGITS).replace(/0+$/, '');
  return `${digits.slice(0, -NATIVE_DIGITS)}${fraction === '' ? '' : `.${fraction}`}`;
}

// A key may stand in the path.
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'an address that is none';
}
