import { BaseError } from '@371os/kernel';
import type { Rest } from './domain/rest.ts';

/** The agent has no gateway, or it did not come up. */
export class GatewayNotReadyError extends BaseError {
  constructor() {
    super(
      'The gateway to the models is not running: list @371os/plugin-gateway among the plugins of this agent and look into the log.',
      { isRetryable: true },
    );
  }
}

/** A model catalogue that cannot be used. */
export class InvalidCatalogueError extends BaseError {
  constructor({ file, path, problem }: { file: string; path: string; problem: string }) {
    super(`Model catalogue ${file}${path === '' ? '' : `, at ${path}`}: ${problem}.`, {
      details: { file, path },
    });
  }
}

/** Another plugin sits above the gateway, so calls could be paid for past the budget. */
export class GatewayNotOnTopError extends BaseError {
  constructor({ modelType, provider }: { modelType: string; provider: string }) {
    super(
      `Plugin "${provider}" answers ${modelType} before the gateway, so the budget cannot be kept and paid models stay off: remove that plugin, or lower its priority below 1000.`,
      { details: { modelType, provider } },
    );
  }
}

/** None of the models that were tried or considered can answer. */
export class NoModelAnsweredError extends BaseError {
  readonly reasons: readonly { model: string; code: string; reason: string }[];

  constructor({ reasons }: Pick<NoModelAnsweredError, 'reasons'>) {
    super(
      `No model could answer: ${reasons.map(({ model, reason }) => `${model} ${reason}`).join('; ')}. Nothing was changed; try again, or configure another model.`,
      { isRetryable: reasons.some(({ code }) => !LASTING.has(code)), details: { reasons } },
    );
    this.reasons = reasons;
  }
}

// What bars a model from a call today does so tomorrow.
const LASTING = new Set(['privacy', 'capability', 'price', 'context']);

/** What was learned about estimating models cannot be read or kept. */
export class EstimatesUnreadableError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super(
      'What earlier model calls taught about their cost cannot be read or kept; estimates go on without it. Look into the log.',
      { cause, isRetryable: true },
    );
  }
}

/** Another plugin would answer a call, and the catalogue does not let it. */
export class ModelNotAllowedError extends BaseError {
  constructor({
    plugin,
    modelType,
    why,
  }: {
    plugin: string;
    modelType: string;
    why: 'price' | 'privacy';
  }) {
    const id = `${plugin}:${modelType}`;
    super(
      why === 'price'
        ? `Plugin "${plugin}" answers ${modelType}, at a price that is not known, so it was not asked: say in the file of MODEL_CATALOGUE what a call costs, such as {"handlers": {"${id}": {"usdPerCall": "0.04"}}}.`
        : `This is confidential and plugin "${plugin}", which answers ${modelType}, is not known to run on this machine, so it was not asked: set isLocal for "${id}" in the file of MODEL_CATALOGUE if it does.`,
      { details: { plugin, modelType, why } },
    );
  }
}

/** What could answer is on another machine, and those are left alone now. */
export class ModelsElsewhereError extends BaseError {
  constructor({ reason }: { reason: string }) {
    super(
      `What answers this is not known to run on this machine, and ${reason}: ask again when that is over.`,
      { isRetryable: true },
    );
  }
}

/** A caller named a model that nothing here leads to. */
export class UnknownModelError extends BaseError {
  constructor({ model }: { model: string }) {
    super(
      `There is no model "${model.slice(0, 80)}" here: /models lists what there is. Write it as provider:model, or name a slot.`,
      { details: { model: model.slice(0, 80) } },
    );
  }
}

/** A plugin called a model without saying what it wants. */
export class MissingPromptError extends BaseError {
  constructor() {
    super('A model was called without a prompt: pass {prompt: "..."}.');
  }
}

/** Only a language model can do this, and there is none. */
export class LanguageModelNeededError extends BaseError {
  constructor({ sentence }: { sentence: string }) {
    super(sentence);
  }
}

/** A caller asked for an object and the model wrote something else. */
export class AnswerNotJsonError extends BaseError {
  constructor({ model }: { model: string }) {
    super(
      `${model} was asked for JSON and answered something else. Try again, or set another model.`,
      {
        isRetryable: true,
      },
    );
  }
}

/** The asker has gone, so the work was stopped. */
export class ModelCallAbortedError extends BaseError {
  constructor() {
    super('The request was stopped before the model had answered.');
  }
}

/** The sentence embeddings cannot be computed. */
export class EmbeddingFailedError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(`The text could not be embedded: ${problem}. Try again.`, { isRetryable: true });
  }
}

/**
 * How a call to a provider went wrong. `not-sent`: it never left, nothing can be billed. `refused`:
 * the provider answered with an error status. `unknown`: it was sent and may have been billed.
 */
export type CallFailure = 'not-sent' | 'refused' | 'unknown';

/** One call to one model failed. Holds nothing that the provider wrote: it may repeat a key. */
export class ModelCallError extends BaseError {
  readonly failure: CallFailure;
  /** The reason as part of a sentence, such as `answered HTTP 500`. */
  readonly reason: string;
  /** What it means for the next calls. */
  readonly rest: Rest;

  constructor(init: { failure: CallFailure; reason: string; rest?: Rest }) {
    super(`The model ${init.reason}.`, { isRetryable: true, details: { failure: init.failure } });
    this.failure = init.failure;
    this.reason = init.reason;
    this.rest = init.rest ?? { kind: 'count' };
  }
}

/** A chat completion was asked for in a way that cannot be answered. */
export class InvalidChatRequestError extends BaseError {
  /** The field that is wrong, such as `messages[0].content`. */
  readonly param: string;

  constructor({ param, problem }: { param: string; problem: string }) {
    super(`The request is not valid${param === '' ? '' : `, at ${param}`}: ${problem}.`, {
      details: { param },
    });
    this.param = param;
  }
}

/** A chat completion was asked for with more than fits into a request. */
export class ChatRequestTooLargeError extends BaseError {
  constructor({ sizeBytes, limitBytes }: { sizeBytes: number; limitBytes: number }) {
    super(
      `The request has ${sizeBytes} bytes and may have ${limitBytes}: send fewer or shorter messages.`,
      { details: { sizeBytes, limitBytes } },
    );
  }
}

/** A program asked for a part of OpenAI's interface that is not here. */
export class UnknownAddressError extends BaseError {
  constructor() {
    super('There are /v1/chat/completions and /v1/models here, and no more of that interface.');
  }
}

/** Rows of ElizaOS's log could not be written together. */
export class ModelLogUnwritableError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('What models were asked could not be logged: check that the database runs.', { cause });
  }
}
