import { BaseError, describeError, type ErrorResponse } from '@371os/kernel';
import { InvalidChatRequestError, NoModelAnsweredError } from '../errors.ts';

interface Kind {
  readonly status: number;
  readonly type: string;
  /** Where OpenAI has a word of its own for it. */
  readonly code?: string;
  readonly param?: string;
}

const INVALID = 'invalid_request_error';

// A budget is refused with 402: clients repeat a 429 by themselves, and it would be in vain.
const KINDS: Readonly<Record<string, Kind>> = {
  UNAUTHORIZED: { status: 401, type: 'authentication_error', code: 'invalid_api_key' },
  NO_SERVER_TOKEN: { status: 401, type: 'authentication_error' },
  NOT_PERMITTED: { status: 403, type: 'permission_error' },
  INVALID_REQUEST: { status: 400, type: INVALID },
  INVALID_CHAT_REQUEST: { status: 400, type: INVALID },
  CHAT_REQUEST_TOO_LARGE: { status: 413, type: INVALID },
  UNKNOWN_ADDRESS: { status: 404, type: INVALID, code: 'unknown_url' },
  UNKNOWN_MODEL: { status: 404, type: INVALID, code: 'model_not_found', param: 'model' },
  BUDGET_EXCEEDED: { status: 402, type: 'insufficient_quota' },
  NO_MODEL_ANSWERED: { status: 502, type: 'api_error' },
  MODEL_CALL: { status: 502, type: 'api_error' },
  LANGUAGE_MODEL_NEEDED: { status: 503, type: 'api_error' },
  NO_NEW_WORK: { status: 503, type: 'api_error' },
  GATEWAY_NOT_READY: { status: 503, type: 'api_error' },
};

/** An error as OpenAI's clients read it. */
export function presentOpenaiError(error: unknown): ErrorResponse {
  const { status } = kindOf(error);
  const isInVain = BaseError.isInstance(error) && !error.isRetryable;
  return {
    status,
    // OpenAI's own clients obey this; by themselves they repeat whatever has a status of 5xx.
    headers: isInVain ? { 'x-should-retry': 'false' } : {},
    body: openaiErrorBody(error),
  };
}

/** The same, where the answer has already begun. */
export function openaiErrorBody(error: unknown): { readonly error: object } {
  const described = describeError(error);
  const { type, code = described.code.toLowerCase(), param = null } = kindOf(error);
  return {
    error: {
      message: described.message,
      type,
      code,
      param: error instanceof InvalidChatRequestError ? error.param : param,
    },
  };
}

const CONTEXT: Kind = { status: 400, type: INVALID, code: 'context_length_exceeded' };

function kindOf(error: unknown): Kind {
  const isTooLong =
    error instanceof NoModelAnsweredError &&
    error.reasons.length > 0 &&
    error.reasons.every(({ code }) => code === 'context');
  if (isTooLong) return CONTEXT;
  return KINDS[describeError(error).code] ?? { status: 500, type: 'api_error' };
}
