import { setTimeout as pause } from 'node:timers/promises';
import type { CometClient } from '@cosmjs/tendermint-rpc';
import { ChainBehindError, ChainQueryError } from '../../network-errors.ts';

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

type Answer = Awaited<ReturnType<CometClient['abciQuery']>>;

/** Codes of the chain's SDK for what is not there. */
const NOT_FOUND = new Set([5, 22, 38]);
// A node has its state a moment after the block; one of several behind an address may take longer.
const PAUSES_MS = [50, 200, 500, 1_000, 2_000, 4_000];

/**
 * Reads the state of the chain, never an older one than has been seen: one address may stand for
 * several nodes, and one that lags would say that nothing is there of what has just been paid.
 */
export class NodeReader {
  readonly #comet: CometClient;
  #seenHeight = 0;

  constructor(comet: CometClient) {
    this.#comet = comet;
  }

  /** There is a block of this height. */
  noteHeight(height: number): void {
    this.#seenHeight = Math.max(this.#seenHeight, height);
  }

  /**
   * Undefined when what is asked for is not there.
   * @throws ChainQueryError, ChainBehindError, ChainUnreachableError
   */
  async find<Request, Response>(
    { path, request, response }: QueryMethod<Request, Response>,
    query: object,
  ): Promise<Response | undefined> {
    const answer = await this.#query(path, request.encode(request.fromPartial(query)).finish());
    const code = answer.code ?? 0;
    if (code === 0) return response.decode(answer.value);
    const log = answer.log ?? '';
    if (NOT_FOUND.has(code) || /not found/i.test(log)) return undefined;
    throw new ChainQueryError({ path, code, log });
  }

  /** The same where there always is an answer. */
  async ask<Request, Response>(
    method: QueryMethod<Request, Response>,
    query: object,
  ): Promise<Response> {
    const answer = await this.find(method, query);
    if (answer === undefined)
      throw new ChainQueryError({ path: method.path, code: 5, log: 'not found' });
    return answer;
  }

  async #query(path: string, data: Uint8Array): Promise<Answer> {
    const wantedHeight = this.#seenHeight;
    let height = 0;
    for (const pauseMs of [0, ...PAUSES_MS]) {
      if (pauseMs > 0) await pause(pauseMs);
      const answer = await this.#comet.abciQuery({ path, data, prove: false });
      // A node that does not say which block it speaks of cannot be held to one.
      height = answer.height ?? wantedHeight;
      if (height >= wantedHeight) {
        this.noteHeight(height);
        return answer;
      }
    }
    throw new ChainBehindError({ height, wantedHeight });
  }
}
