import { BaseError } from '@371os/kernel';

/** Hosted agents would have no tokens. */
export class NoHostingSecretError extends BaseError {
  constructor() {
    super(
      'Agents cannot be hosted elsewhere: set LIFECYCLE_SECRET to a secret of at least 32 characters, the same in all processes of the company, and restart. Our launcher makes one by itself.',
    );
  }
}

/** An id that cannot be part of a secret's name. */
export class HostedIdError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`The agent ${id} cannot be hosted: an id has 1 to 40 letters, digits, - or _.`, {
      details: { id },
    });
  }
}

/** A place that could not be found, or was closed. */
export class HostingFailedError extends BaseError {
  constructor({ deploymentId, why }: { deploymentId: string; why: string }) {
    super(`The agent could not be hosted. ${why}`, { details: { deploymentId } });
  }
}

/** A place that is being made, moved or closed for longer than expected. */
export class HostingUnfinishedError extends BaseError {
  constructor({
    deploymentId,
    why,
    cause,
  }: {
    deploymentId: string;
    why: string;
    cause?: unknown;
  }) {
    super(
      `Deployment ${deploymentId} is not there yet: ${why} Nothing was lost, and it goes on; the same request takes it up again.`,
      { isRetryable: true, details: { deploymentId }, cause },
    );
  }
}

/** A hosted agent that cannot be reached now. */
export class HostedAgentAwayError extends BaseError {
  readonly why: string;

  constructor({ agent, why, cause }: { agent: string; why: string; cause?: unknown }) {
    super(`${agent} cannot be reached where it is hosted: ${why} It is asked again in a while.`, {
      ...{ isRetryable: true, details: { agent }, cause },
    });
    this.why = why;
  }
}

/** The same, and it is certain that it has begun nothing of what it was asked for. */
export class NotBegunError extends HostedAgentAwayError {}

/** What answers does not take our token. */
export class HostedAgentRefusesError extends BaseError {
  constructor({ agent, cause }: { agent: string; cause: unknown }) {
    super(
      `What answers for ${agent} does not take its token. Was LIFECYCLE_SECRET changed? Put the old one back, or have the agent hosted anew.`,
      { details: { agent }, cause },
    );
  }
}

/** An agent that is hosted nowhere. */
export class NotHostedError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`${agent} is not hosted elsewhere, or not any more.`, { details: { agent } });
  }
}
