import { BaseError } from '@371os/kernel';

/** So many letters wait for a node already that no more are taken. */
export class OutboxFullError extends BaseError {
  constructor({ receiver, waiting }: { receiver: string; waiting: number }) {
    super(
      `${String(waiting)} letters wait for the node ${receiver} already. Bring it back, or give the work to another agent.`,
      { details: { receiver, waiting } },
    );
  }
}

/** Others write to the same node at the same time, again and again. */
export class OutboxBusyError extends BaseError {
  constructor({ receiver }: { receiver: string }) {
    super(`The letter to ${receiver} could not be numbered now. Try again in a moment.`, {
      isRetryable: true,
      details: { receiver },
    });
  }
}

/** A receiver has other letters than were sent to it: one side was set back to an older state. */
export class LetterChainError extends BaseError {
  constructor({ receiver, number }: { receiver: string; number: number }) {
    super(
      `The node ${receiver} has another letter ${String(number)} of ours than was sent: one of both was set back to an older state. Give this node a new key (delete the row of resilience.node_keys) and restart it.`,
      { details: { receiver, number } },
    );
  }
}

/** A letter of a kind that this version does not know. It comes again until it does. */
export class UnknownLetterError extends BaseError {
  constructor({ kind }: { kind: string }) {
    super(`A letter of the kind "${kind}" came: this node is older than its sender. Update it.`, {
      isRetryable: true,
      details: { kind },
    });
  }
}

/** An agent of another node that is not known any more. */
export class NotInMeshError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`No node of the mesh has ${agent} any more. /agents lists who there is.`, {
      details: { agent },
    });
  }
}

/** A task came for an agent that may still be starting. It comes again. */
export class NotAllHereError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`${agent} has not started yet: what is for it comes again.`, {
      isRetryable: true,
      details: { agent },
    });
  }
}
