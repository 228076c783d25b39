import type { ActionResult, HandlerCallback, Memory } from '@elizaos/core';
import { BaseError, explainError } from './errors.ts';

/** What an action has to say: the text for the person, values for templates, data for other code. */
export interface ActionOutcome {
  readonly text: string;
  readonly values?: Record<string, unknown>;
  readonly data?: Record<string, unknown>;
}

/**
 * Runs an action's work and turns it into ElizaOS's result. Handlers must not throw: in 1.7.2 the
 * user would get no answer at all, so an error becomes `success: false` with its sentence.
 * `data.actionName` is always set, since chained actions find each other by it.
 */
export async function toActionResult(
  actionName: string,
  message: Memory,
  callback: HandlerCallback | undefined,
  work: () => Promise<ActionOutcome>,
): Promise<ActionResult> {
  const { outcome, error } = await attempt(work);
  await callback?.({
    text: outcome.text,
    actions: [actionName],
    ...(message.content.source ? { source: message.content.source } : {}),
  });
  return {
    success: error === undefined,
    text: outcome.text,
    values: outcome.values ?? {},
    data: { ...outcome.data, actionName },
    ...(error === undefined ? {} : { error }),
  };
}

async function attempt(
  work: () => Promise<ActionOutcome>,
): Promise<{ outcome: ActionOutcome; error?: Error }> {
  try {
    return { outcome: await work() };
  } catch (caught) {
    const error = caught instanceof Error ? caught : new UnknownFailureError({ cause: caught });
    const code = BaseError.isInstance(caught) ? caught.code : 'INTERNAL';
    return { outcome: { text: explainError(caught), data: { errorCode: code } }, error };
  }
}

class UnknownFailureError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('Something that is not an error was thrown.', { cause });
  }
}
