import type { IAgentRuntime, RouteRequest } from '@elizaos/core';
import {
  authenticate,
  NoServerTokenError,
  OWNER,
  secretsEqual,
  type Principal,
} from '@371os/kernel';
import { z } from 'zod';
import type { Session } from '../domain/signed-in.ts';
import { SignInCodeError } from '../errors.ts';
import { dashboardOf } from './dashboard-service.ts';

const codeBody = z.object({ code: z.string().min(1).max(100) });

/** Who sends a request for data: whoever has the owner's token, or a session that it began. */
export async function bySession(
  request: RouteRequest,
  ownerToken: string | undefined,
  runtime: IAgentRuntime,
): Promise<Principal> {
  const session = await sessionOf(request, ownerToken, runtime);
  if (!session) return authenticate(request, ownerToken);
  // A session is the owner's, who may speak as a guest here as everywhere.
  const headers = { ...request.headers, authorization: `Bearer ${ownerToken ?? ''}` };
  return authenticate({ ...request, headers }, ownerToken);
}

/**
 * The session that a request belongs to; undefined for one with the owner's token.
 * @throws SessionRefusedError, SessionStoreError
 */
export async function sessionOf(
  request: RouteRequest,
  ownerToken: string | undefined,
  runtime: IAgentRuntime,
): Promise<Session | undefined> {
  const [header] = [request.headers?.['authorization']].flat();
  const token = /^Bearer (.+)$/.exec(header ?? '')?.[1];
  if (token === undefined || !ownerToken || secretsEqual(token, ownerToken)) return undefined;
  return (await dashboardOf(runtime)).sessionOf(token, ownerToken);
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
