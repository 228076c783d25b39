import { hash } from 'node:crypto';
import { BaseError, processWide } from '@371os/kernel';
import {
  circuitBreaker,
  CircuitState,
  DelegateBackoff,
  handleType,
  type CircuitBreakerPolicy,
  type FailureReason,
} from 'cockatiel';
import { restMs, type Rest, type RestLimits } from '../domain/rest.ts';
import { ModelCallError } from '../errors.ts';
import type { Endpoint } from '../ports.ts';

/** A call that was let through to a model. Its first word counts. */
export interface Passage {
  succeed(): void;
  fail(error: unknown): void;
  /** The call ended without telling anything of the model. */
  leave(): void;
}

/** A model that is left alone for a while, after it failed. */
export interface Resting {
  readonly model: string;
  /** As part of a sentence. */
  readonly reason: string;
}

const MOST_FAILURES_IN_A_ROW = 3;

class CallFailed extends BaseError {
  readonly restMs: number;

  constructor({ restMs: duration }: { restMs: number }) {
    super('A model failed.');
    this.restMs = duration;
  }
}

class CallLeft extends BaseError {
  constructor() {
    super('A call told nothing of its model.');
  }
}

/**
 * One circuit breaker for each model behind each address and key: who fails is left alone for a
 * while, then tried by one call.
 */
export class Circuits {
  readonly #circuits = new Map<string, Circuit>();

  /** Lets a call through, or says why not. */
  enter(endpoint: Endpoint, model: string, limits: RestLimits): Passage | Resting {
    const key = keyOf(endpoint, model);
    const circuit = this.#circuits.get(key) ?? new Circuit(`${endpoint.provider}:${model}`);
    this.#circuits.set(key, circuit);
    return circuit.enter(limits);
  }

  resting(): Resting[] {
    return [...this.#circuits.values()].flatMap((circuit) => circuit.resting ?? []);
  }

  /** Takes back what is known of a provider's models: they have been started anew. */
  forget(provider: string): void {
    for (const [key, { model }] of this.#circuits)
      if (model.startsWith(`${provider}:`)) this.#circuits.delete(key);
  }
}

/** The circuits that all agents of the process share: what one has found out, all know. */
export function sharedCircuits(): Circuits {
  return processWide('circuits', () => new Circuits());
}

class Circuit {
  readonly model: string;
  readonly #policy: CircuitBreakerPolicy;
  #failuresInARow = 0;
  #isDecisive = false;
  #entered = 0;
  #lastReason = '';

  constructor(model: string) {
    this.model = model;
    this.#policy = circuitBreaker(handleType(CallFailed), {
      halfOpenAfter: new DelegateBackoff(({ result }) => durationOf(result)),
      breaker: {
        state: undefined,
        success: () => (this.#failuresInARow = 0),
        failure: () => this.#hasEnough(),
      },
    });
  }

  get resting(): Resting | undefined {
    if (this.#policy.state === CircuitState.Closed) return undefined;
    return { model: this.model, reason: `rests after it ${this.#lastReason}` };
  }

  enter(limits: RestLimits): Passage | Resting {
    const outcome = Promise.withResolvers<undefined>();
    const isTried = this.#policy.state === CircuitState.HalfOpen;
    const before = this.#entered;
    if (!isTried)
      this.#policy
        .execute(() => {
          this.#entered += 1;
          return outcome.promise;
        })
        .catch(() => undefined);
    if (this.#entered === before) return this.resting ?? { model: this.model, reason: 'rests' };
    const isTrial = this.#policy.state === CircuitState.HalfOpen;
    // A trial that told nothing leaves the circuit open, for the next call to try.
    const leave = (): void =>
      outcome.reject(isTrial ? new CallFailed({ restMs: 0 }) : new CallLeft());
    return {
      leave,
      succeed: () => outcome.resolve(undefined),
      fail: (error) => {
        const rest: Rest = error instanceof ModelCallError ? error.rest : { kind: 'none' };
        if (rest.kind === 'none') return leave();
        this.#lastReason = error instanceof ModelCallError ? error.reason : '';
        this.#isDecisive ||= rest.kind !== 'count';
        outcome.reject(new CallFailed({ restMs: restMs(rest, limits) }));
      },
    };
  }

  #hasEnough(): boolean {
    const isDecisive = this.#isDecisive;
    this.#isDecisive = false;
    this.#failuresInARow += 1;
    return isDecisive || this.#failuresInARow >= MOST_FAILURES_IN_A_ROW;
  }
}

function durationOf(result: FailureReason<unknown>): number {
  return 'error' in result && result.error instanceof CallFailed ? result.error.restMs : 0;
}

const keys = new WeakMap<Endpoint, Map<string, string>>();

// The key is part of what a circuit stands for, and need not be kept for that.
function keyOf(endpoint: Endpoint, model: string): string {
  const known = keys.get(endpoint) ?? new Map<string, string>();
  keys.set(endpoint, known);
  const { provider, baseUrl, apiKey = '' } = endpoint;
  const key =
    known.get(model) ?? hash('sha256', JSON.stringify([provider, baseUrl, apiKey, model]));
  known.set(model, key);
  return key;
}
