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
