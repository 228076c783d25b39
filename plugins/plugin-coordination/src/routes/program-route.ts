import type { IAgentRuntime, Route, RouteRequest, RouteResponse } from '@elizaos/core';
import type { Access } from '../domain/access/access.ts';
import { asHttp } from '../errors/as-http.ts';
import { accessOf } from '../services/access-of.ts';

/** A call of a program, whose token was believed. */
export interface ProgramCall {
  readonly runtime: IAgentRuntime;
  readonly access: Access;
  readonly request: RouteRequest;
  readonly response: RouteResponse;
}

/** A route for programs, which have tokens of their own; it answers errors (ElizaOS would hang). */
export function programRoute(
  type: 'GET' | 'POST',
  path: string,
  run: (call: ProgramCall) => Promise<void>,
): Route {
  return {
    ...{ type, path, name: path, public: false },
    handler: async (request, response, runtime) => {
      try {
        const access = await accessOf(runtime, request.headers ?? {});
        await run({ runtime, access, request, response });
      } catch (error) {
        runtime.logger.warn({ src: 'coordination', path, error }, 'a program was refused');
        sendError(response, error);
      }
    },
  };
}

/** Answers an error; what has begun to be answered is only ended. */
export function sendError(response: RouteResponse, error: unknown): void {
  if (response.headersSent === true) {
    response.end();
    return;
  }
  const { status, headers, body } = asHttp(error);
  for (const [name, value] of Object.entries(headers)) response.setHeader?.(name, value);
  response.status(status).send(body);
}
