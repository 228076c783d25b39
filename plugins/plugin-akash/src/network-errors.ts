import { BaseError } from '@371os/kernel';

/** A node of the chain that does not answer, or not in its language. */
export class ChainUnreachableError extends BaseError {
  constructor({ url, cause }: { url: string; cause?: unknown }) {
    super(
      `Akash's node at ${originOf(url)} does not answer. Nothing was changed by this call; check AKASH_RPC_URL and the network, and try again.`,
      { isRetryable: true, cause },
    );
  }
}

/** A node of the chain that answers a call with an error of its own. */
export class ChainRpcError extends BaseError {
  constructor({ method, problem }: { method: string; problem: string }) {
    super(`Akash's node refuses the call ${method}: ${problem}.`, { details: { method } });
  }
}

/** A question that the chain does not answer. */
export class ChainQueryError extends BaseError {
  constructor({ path, code, log }: { path: string; code: number; log: string }) {
    super(`Akash's chain does not answer ${path}: ${log} (code ${String(code)}).`, {
      details: { path, code },
    });
  }
}

/** A node that does not know what has happened on the chain already. */
export class ChainBehindError extends BaseError {
  constructor({ height, wantedHeight }: { height: number; wantedHeight: number }) {
    super(
      `Akash's node is behind: it knows the chain up to block ${String(height)}, and block ${String(wantedHeight)} has been seen. Nothing is decided by what it says; try again, or set AKASH_RPC_URL to another node.`,
      { isRetryable: true, details: { height, wantedHeight } },
    );
  }
}

/** A deployment that the chain had, and that its node knows nothing of. */
export class DeploymentVanishedError extends BaseError {
  constructor({ dseq }: { dseq: string }) {
    super(
      `Akash's node knows nothing of deployment ${dseq}, which was made on this chain: it is behind, or has lost a part of its state. Nothing is decided by what it says; it is asked again.`,
      { isRetryable: true, details: { dseq } },
    );
  }
}

/** A record of the chain that is not what this version knows. */
export class UnreadableRecordError extends BaseError {
  constructor({ record }: { record: string }) {
    super(
      `Akash's chain answers with a ${record} that this version cannot read: the chain may have been upgraded.`,
      { details: { record } },
    );
  }
}

/** A chain that is another one than the settings say: nothing is signed for it. */
export class WrongChainError extends BaseError {
  constructor({ wanted, found }: { wanted: string; found: string }) {
    super(
      `The node belongs to the chain ${found}, and AKASH_CHAIN_ID says ${wanted}: nothing is signed. Correct one of AKASH_RPC_URL and AKASH_CHAIN_ID.`,
      { details: { wanted, found } },
    );
  }
}

/** A transaction that the chain says no to. */
export class ChainRefusedError extends BaseError {
  readonly codespace: string;
  readonly chainCode: number;

  constructor({ codespace, code, log }: { codespace: string; code: number; log: string }) {
    super(`Akash's chain refused the transaction: ${log} (${codespace} ${String(code)}).`, {
      details: { codespace, code },
    });
    this.codespace = codespace;
    this.chainCode = code;
  }
}

/** A transaction that no block can take any more; without a hash the chain did not even take it in. */
export class TransactionLostError extends BaseError {
  constructor({ hash, lastHeight }: { hash?: string; lastHeight: number }) {
    super(
      `${hash === undefined ? 'A transaction' : `Transaction ${hash}`} is in no block up to ${String(lastHeight)} and cannot get into a later one. Nothing has happened; try again.`,
      { isRetryable: true, details: { hash } },
    );
  }
}

/** A chain that makes no blocks, with a transaction of ours waiting in it. */
export class ChainStalledError extends BaseError {
  constructor({ hash }: { hash: string }) {
    super(
      `Akash's chain makes no blocks, and transaction ${hash} waits in it. It is looked up when the work goes on.`,
      { isRetryable: true, details: { hash } },
    );
  }
}

/** A provider's server that does not answer. */
export class ProviderUnreachableError extends BaseError {
  constructor({ provider, cause }: { provider: string; cause?: unknown }) {
    super(`Provider ${provider} does not answer at its address.`, { isRetryable: true, cause });
  }
}

/** A server at a provider's address that cannot show that it is that provider. */
export class ProviderIdentityError extends BaseError {
  constructor({ provider }: { provider: string }) {
    super(
      `The server at the address of provider ${provider} shows neither a certificate of a public authority nor the one that the provider has on chain: nothing was sent to it.`,
      { details: { provider } },
    );
  }
}

/** A provider that says no. */
export class ProviderRefusedError extends BaseError {
  readonly status: number;

  constructor({ provider, status, words }: { provider: string; status: number; words: string }) {
    super(`Provider ${provider} refused (${String(status)}): ${words}.`, {
      isRetryable: status >= 500 || status === 404,
      details: { provider, status },
    });
    this.status = status;
  }
}

/** A provider whose answer makes no sense. */
export class ProviderGarbageError extends BaseError {
  constructor({ provider, cause }: { provider: string; cause?: unknown }) {
    super(`Provider ${provider} answers what no provider should.`, { cause });
  }
}

/** A key that nobody can sign with. */
export class InvalidKeyError extends BaseError {
  constructor({ setting, problem }: { setting: string; problem: string }) {
    super(`The setting ${setting} holds no key that can be used: ${problem}.`, {
      details: { setting },
    });
  }
}

/** A file with a key, or with the password of one, that cannot be used. */
export class KeystoreError extends BaseError {
  constructor({ path, problem, cause }: { path: string; problem: string; cause?: unknown }) {
    super(`The keystore file ${path} cannot be used: ${problem}.`, { cause, details: { path } });
  }
}

/** A keystore that its password does not open. */
export class KeystorePasswordError extends BaseError {
  constructor({ path }: { path: string }) {
    super(
      `The keystore ${path} does not open: its password (AKASH_KEYSTORE_PASSWORD or AKASH_KEYSTORE_PASSWORD_FILE) is another one, or the file is damaged.`,
      { details: { path } },
    );
  }
}

// An address may carry a key in its path or query.
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'its address';
}
