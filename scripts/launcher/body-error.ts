import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from './http-guard.ts';

interface HttpError extends Error {
  readonly status?: number;
}

/**
 * Answers a request whose body ElizaOS's server could not read, in the form of our other errors and
 * of OpenAI's. By itself the server would show a page with its own file names.
 */
export function answerBodyError(
  error: HttpError,
  _request: IncomingMessage,
  response: ServerResponse,
  next: (error: unknown) => void,
): void {
  const { status = 500 } = error;
  if (response.headersSent || status >= 500) return next(error);
  const isTooLarge = status === 413;
  sendJson(response, status, {
    error: {
      code: isTooLarge ? 'REQUEST_TOO_LARGE' : 'INVALID_REQUEST',
      message: isTooLarge
        ? 'The request is too large: send less at once.'
        : 'The request cannot be read: JSON in UTF-8 is expected.',
      type: 'invalid_request_error',
      param: null,
    },
  });
}
