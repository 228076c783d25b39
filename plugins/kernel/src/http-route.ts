import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { IAgentRuntime, Route, RouteRequest, RouteResponse } from '@elizaos/core';
import { z } from 'zod';
import { isDiskFull } from './disk-full.ts';
import { BaseError, explainError } from './errors.ts';
import { OWNER, requireRole, type Principal, type Role } from './principal.ts';
import { runtimeSettings } from './setting-layers.ts';

export class UnauthorizedError extends BaseError {
  constructor() {
    super(
      'A valid token is needed: send the owner token as "Authorization: Bearer TOKEN". Our launcher keeps it in .371os/owner-token.',
    );
  }
}

export class NoServerTokenError extends BaseError {
  constructor() {
    super(
      'This server has no token, so nobody can be recognised: set ELIZA_SERVER_AUTH_TOKEN and restart.',
    );
  }
}

export class InvalidRequestError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(`The request is not valid: ${problem}.`);
  }
}

/** Another principal that the owner may speak as: never one with more rights. */
const actAs = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'a name of up to 64 letters, digits, dots and dashes is expected');

/** Whether two secrets are equal, in a time that tells nothing about where they differ. */
export function secretsEqual(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/**
 * Who sends a request, by its token alone. With the owner's token, the header `X-Act-As: NAME`
 * (other than `owner`) makes the request that of a guest.
 * @throws UnauthorizedError, NoServerTokenError, InvalidRequestError
 */
export function authenticate(request: RouteRequest, ownerToken: string | undefined): Principal {
  if (!ownerToken) throw new NoServerTokenError();
  const bearer = /^Bearer (.+)$/.exec(headerOf(request, 'authorization') ?? '')?.[1];
  const token = bearer ?? headerOf(request, 'x-api-key');
  if (!token || !secretsEqual(token, ownerToken)) throw new UnauthorizedError();
  const name = headerOf(request, 'x-act-as');
  if (name === undefined || name === 'owner') return OWNER;
  const parsed = actAs.safeParse(name);
  if (!parsed.success)
    throw new InvalidRequestError({ problem: `X-Act-As: ${problemOf(parsed.error)}` });
  return guestNamed(parsed.data);
}

export function guestNamed(name: string): Principal {
  return { id: `guest:${name}`, role: 'guest', proof: 'token' };
}

export interface AuthenticatedCall<Body> {
  readonly runtime: IAgentRuntime;
  readonly principal: Principal;
  readonly body: Body;
  readonly request: RouteRequest;
  readonly response: RouteResponse;
}

interface RouteInit<Body> {
  readonly type: 'GET' | 'POST';
  readonly path: string;
  readonly minimumRole: Role;
  /** Shape of a POST's body, or of a GET's query. */
  readonly body: z.ZodType<Body>;
  /** Tells who sends it, where that is not by the owner's token alone. @throws BaseError */
  readonly recognise?: (
    request: RouteRequest,
    ownerToken: string | undefined,
    runtime: IAgentRuntime,
  ) => Promise<Principal> | Principal;
  /** Returns what is sent as JSON, or undefined when it has answered by itself. */
  run(call: AuthenticatedCall<Body>): Promise<unknown>;
  /** For routes that speak a protocol with errors of its own. */
  readonly presentError?: (error: unknown) => ErrorResponse;
}

/** How an error is answered. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/**
 * A plugin route that checks its own token (ElizaOS does not), parses its input, and answers an
 * error as `{error: {code, message}}` (ElizaOS would leave the request hanging).
 */
export function authenticatedRoute<Body>(init: RouteInit<Body>): Route {
  return {
    type: init.type,
    path: init.path,
    name: init.path,
    public: false,
    handler: async (request, response, runtime) => {
      try {
        letTakeItsTime(response);
        const result = await respond(init, request, response, runtime);
        if (result !== undefined) response.json(result);
      } catch (error) {
        runtime.logger.warn({ src: 'kernel:http-route', path: init.path, error }, 'request failed');
        answerError(response, (init.presentError ?? presentError)(error));
      }
    },
  };
}

// ElizaOS's server ends a connection that is silent for 30 s; what is asked for here has times of its own.
function letTakeItsTime(response: RouteResponse): void {
  if ('setTimeout' in response) (response as RouteResponse & ServerResponse).setTimeout(0);
}

function answerError(response: RouteResponse, { status, headers = {}, body }: ErrorResponse): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader?.(name, value);
  response.status(status).json(body);
}

async function respond<Body>(
  init: RouteInit<Body>,
  request: RouteRequest,
  response: RouteResponse,
  runtime: IAgentRuntime,
): Promise<unknown> {
  const ownerToken = runtimeSettings(runtime)('ELIZA_SERVER_AUTH_TOKEN');
  const recognise = init.recognise ?? authenticate;
  const token = typeof ownerToken === 'string' ? ownerToken : undefined;
  const principal = await recognise(request, token, runtime);
  requireRole(principal, init.minimumRole, 'do that');
  const parsed = init.body.safeParse((init.type === 'GET' ? request.query : request.body) ?? {});
  if (!parsed.success) throw new InvalidRequestError({ problem: problemOf(parsed.error) });
  return init.run({ runtime, principal, body: parsed.data, request, response });
}

function codeOf(error: unknown): string {
  if (isDiskFull(error)) return 'DISK_FULL';
  return BaseError.isInstance(error) ? error.code : 'INTERNAL';
}

/** An error as machines read it. */
export function describeError(error: unknown): { code: string; message: string } {
  return {
    code: codeOf(error),
    message: explainError(error),
  };
}

const STATUS: Record<string, number> = {
  UNAUTHORIZED: 401,
  SESSION_REFUSED: 401,
  SIGN_IN_CODE: 401,
  NO_SERVER_TOKEN: 401,
  NOT_PERMITTED: 403,
  NOBODY_ENDED: 404,
  UNKNOWN_LIFE: 404,
  UNKNOWN_SESSION: 404,
  UNKNOWN_TASK: 404,
  UNKNOWN_SETTING: 404,
  NO_NEW_WORK: 503,
  DISK_FULL: 507,
  INTERNAL: 500,
};

function presentError(error: unknown): ErrorResponse {
  const described = describeError(error);
  return { status: STATUS[described.code] ?? 400, body: { error: described } };
}

function headerOf(request: RouteRequest, name: string): string | undefined {
  const value = request.headers?.[name];
  return Array.isArray(value) ? value[0] : value;
}

function problemOf(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
}
