import { BaseError, didYouMean } from '@371os/kernel';

/** There can be one process only. */
export class ReplicasImpossibleError extends BaseError {
  constructor() {
    super(
      'On the embedded database every agent works in this one process, so there can be no replicas: set POSTGRES_URL to have some. Until then TASKS_CONCURRENCY says how many tasks an agent does at once.',
    );
  }
}

/** Nobody has said how far an agent may be scaled. */
export class NotScaledError extends BaseError {
  constructor({ name, known }: { name: string; known: readonly string[] }) {
    super(
      `${name} has no bounds, so it is not scaled.${didYouMean(name, known)} Add it to RESILIENCE_SCALING, such as {"${name}": {"min": 1, "max": 3, "queueDepth": 4}}.`,
      { details: { name } },
    );
  }
}

/** It is not clear how many instances are wanted. */
export class UnclearScaleError extends BaseError {
  constructor() {
    super(
      'Which agent, and how many instances? For example "scale Kai to 3", "scale Kai by itself", or "how would you scale Kai?".',
    );
  }
}

/** A process could not be started. */
export class ReplicaNotStartedError extends BaseError {
  constructor({ claim }: { claim: string }) {
    super(
      `${claim} could not be started: see whether this machine has memory and processes left. It is tried again.`,
      { details: { claim }, isRetryable: true },
    );
  }
}
