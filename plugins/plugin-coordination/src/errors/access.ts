import { BaseError } from '@371os/kernel';

/** A token that is not ours, not for us, or not good any more. */
export class TokenRefusedError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(
      `The token is refused: ${problem}. The owner makes another with "npx 371os mcp token", and the owner token itself is good, too.`,
    );
  }
}

/** No token that has not run out has that number. */
export class UnknownTokenError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`There is no token ${id}: "npx 371os mcp tokens list" shows those that there are.`, {
      details: { id },
    });
  }
}

/** A token that is not good for what was asked. */
export class ScopeMissingError extends BaseError {
  constructor({ scope }: { scope: string }) {
    super(`This token is not good for ${scope}: ask the owner for one that is.`, {
      details: { scope },
    });
  }
}

/** A token that is for another agent. */
export class OtherAgentError extends BaseError {
  constructor({ agent, own }: { agent: string; own: string }) {
    super(`This token is for ${own} alone, not for ${agent}.`, { details: { agent } });
  }
}
