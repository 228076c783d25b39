import type { IAgentRuntime, Route, RouteRequest, RouteResponse } from '@elizaos/core';
import type { Access } from '../domain/access/access.ts';
import { TokenRefusedError } from '../errors/access.ts';
import { answerError } from '../services/context/answer-context.ts';
import { coordinationOf } from '../services/coordination-service.ts';

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
        const { status, headers, body } = answerError(error);
        for (const [name, value] of Object.entries(headers)) response.setHeader?.(name, value);
        response.status(status).send(body);
      }
    },
  };
}

type Headers = NonNullable<RouteRequest['headers']>;

/** What the token of a request is good for. @throws TokenRefusedError, NoServerTokenError */
export async function accessOf(runtime: IAgentRuntime, headers: Headers): Promise<Access> {
  const { mcp } = await coordinationOf(runtime);
  const bearer = /^Bearer (\S+)$/i.exec(first(headers['authorization']) ?? '')?.[1];
  const token = bearer ?? first(headers['x-api-key']);
  if (token === undefined) throw new TokenRefusedError({ problem: 'there is none' });
  return (await mcp.tokens.verify(token, first(headers['x-act-as']))).access;
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
