import type { CometClient } from '@cosmjs/tendermint-rpc';
import { ChainQueryError } from '../../network-errors.ts';

/** What chain-sdk's generated message types have in common. */
interface Codec<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
  fromPartial(object: object): Message;
}

/** One call of a gRPC query, through the node's JSON-RPC. */
export interface QueryMethod<Request, Response> {
  /** `/akash.deployment.v1beta4.Query/Deployment` */
  readonly path: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}

/** Codes of the chain's SDK for what is not there. */
const NOT_FOUND = new Set([5, 22, 38]);

/**
 * Asks the node; undefined when what is asked for is not there.
 * @throws ChainQueryError, ChainUnreachableError
 */
export async function findOnNode<Request, Response>(
  comet: CometClient,
  { path, request, response }: QueryMethod<Request, Response>,
  query: object,
): Promise<Response | undefined> {
  const data = request.encode(request.fromPartial(query)).finish();
  const answer = await comet.abciQuery({ path, data, prove: false });
  const code = answer.code ?? 0;
  if (code === 0) return response.decode(answer.value);
  const log = answer.log ?? '';
  if (NOT_FOUND.has(code) || /not found/i.test(log)) return undefined;
  throw new ChainQueryError({ path, code, log });
}

/** The same where there always is an answer. @throws ChainQueryError, ChainUnreachableError */
export async function askNode<Request, Response>(
  comet: CometClient,
  method: QueryMethod<Request, Response>,
  query: object,
): Promise<Response> {
  const answer = await findOnNode(comet, method, query);
  if (answer === undefined)
    throw new ChainQueryError({ path: method.path, code: 5, log: 'not found' });
  return answer;
}
