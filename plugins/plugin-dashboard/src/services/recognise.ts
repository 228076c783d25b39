import type { IAgentRuntime, RouteRequest } from '@elizaos/core';
import {
  authenticate,
  NoServerTokenError,
  OWNER,
  secretsEqual,
  type Principal,
} from '@371os/kernel';
import { z } from 'zod';
import { SignInCodeError } from '../errors.ts';
import { dashboardOf } from './dashboard-service.ts';

const codeBody = z.object({ code: z.string().min(1).max(100) });

/** Who sends a request for data: whoever has the owner's token, or a session that it began. */
export async function bySession(
  request: RouteRequest,
  ownerToken: string | undefined,
  runtime: IAgentRuntime,
): Promise<Principal> {
  const end = await sessionEndOf(request, ownerToken, runtime);
  if (end === undefined) return authenticate(request, ownerToken);
  // A session is the owner's, who may speak as a guest here as everywhere.
  const headers = { ...request.headers, authorization: `Bearer ${ownerToken ?? ''}` };
  return authenticate({ ...request, headers }, ownerToken);
}

/**
 * When the session that a request belongs to ends, in milliseconds since 1970; undefined for one
 * without a session. @throws SessionRefusedError
 */
export async function sessionEndOf(
  request: RouteRequest,
  ownerToken: string | undefined,
  runtime: IAgentRuntime,
): Promise<number | undefined> {
  const [header] = [request.headers?.['authorization']].flat();
  const token = /^Bearer (.+)$/.exec(header ?? '')?.[1];
  if (token === undefined || !ownerToken || secretsEqual(token, ownerToken)) return undefined;
  return (await dashboardOf(runtime)).sessionEnd(token, ownerToken);
}

/** Who begins a session: whoever has the code of a link, or the owner's token. @throws SignInCodeError */
export async function byCode(
  request: RouteRequest,
  ownerToken: string | undefined,
  runtime: IAgentRuntime,
): Promise<Principal> {
  if (!ownerToken) throw new NoServerTokenError();
  const body = codeBody.safeParse(request.body);
  if (!body.success) return authenticate(request, ownerToken);
  const { codes } = await dashboardOf(runtime);
  if (!codes.redeem(body.data.code)) throw new SignInCodeError();
  return OWNER;
}
