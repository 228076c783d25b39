import type { IAgentRuntime } from '@elizaos/core';
import type { Access } from '../domain/access/access.ts';
import { TokenRefusedError } from '../errors/access.ts';
import { servingFor } from './coordination-service.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What the token of a request is good for. @throws TokenRefusedError, NoServerTokenError */
export async function accessOf(runtime: IAgentRuntime, headers: Headers): Promise<Access> {
  const { mcp } = await servingFor(runtime);
  const bearer = /^Bearer (\S+)$/i.exec(first(headers['authorization']) ?? '')?.[1];
  const token = bearer ?? first(headers['x-api-key']);
  if (token === undefined) throw new TokenRefusedError({ problem: 'there is none' });
  return (await mcp.tokens.verify(token, first(headers['x-act-as']))).access;
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
