import { BaseError } from '@371os/kernel';

export class BodyTooLargeError extends BaseError {
  constructor({ limit }: { limit: number }) {
    super(`The request is longer than ${String(limit)} bytes: send less.`, { details: { limit } });
  }
}

export class DirectoryInUseError extends BaseError {
  constructor({ directory }: { directory: string }) {
    super(
      `Another process uses the devnet's directory ${directory}, and does not answer. Wait until it has started, or end it, or choose another directory with DEVNET_DIR.`,
      { isRetryable: true, details: { directory } },
    );
  }
}

export class DevnetDidNotStartError extends BaseError {
  constructor({ directory, why }: { directory: string; why: string }) {
    super(`The devnet of ${directory} did not start: ${why}`, { details: { directory } });
  }
}

export class DevnetRefusedError extends BaseError {
  constructor({ status, problem }: { status: number; problem: string }) {
    super(`The devnet refused (${String(status)}): ${problem}`, { details: { status } });
  }
}

export class AnvilMissingError extends BaseError {
  constructor({ packageName }: { packageName: string }) {
    super(
      `The EVM chain of the devnet needs Anvil, and ${packageName} is not installed: run npm install, or use a machine that Anvil is made for.`,
      { details: { packageName } },
    );
  }
}

export class AnvilDidNotStartError extends BaseError {
  constructor({ why }: { why: string }) {
    super(`The EVM chain of the devnet (Anvil) did not start: ${why}`, { isRetryable: true });
  }
}

export class AnvilRefusedError extends BaseError {
  constructor({ method, cause }: { method: string; cause: unknown }) {
    const why = (cause as { error?: { message?: string } }).error?.message ?? 'it did not answer.';
    super(`The EVM chain (Anvil) did not do ${method}: ${why}`, { cause, details: { method } });
  }
}
