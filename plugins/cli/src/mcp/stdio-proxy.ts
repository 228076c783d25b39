import type { Readable, Writable } from 'node:stream';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
} from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

export interface StdioProxyInit {
  readonly url: URL;
  /** Sent with each request, the token among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly input: Readable;
  readonly output: Writable;
  readonly onError: (error: Error) => void;
}

const SERVER_ERROR = -32_000;

/**
 * Hands messages of MCP on between a program that has started this one and the server of a company,
 * which stays the only one to use its database. Resolves when the program has closed its end.
 */
export class StdioProxy {
  readonly #init: StdioProxyInit;
  readonly #program: StdioServerTransport;
  readonly #company: StreamableHTTPClientTransport;
  readonly #waiting = new Map<RequestId, AbortController>();

  constructor(init: StdioProxyInit) {
    this.#init = init;
    this.#program = new StdioServerTransport(init.input, init.output);
    this.#company = new StreamableHTTPClientTransport(init.url, {
      requestInit: { headers: { ...init.headers } },
    });
  }

  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.#program.onclose = resolve));
    this.#program.onerror = this.#init.onError;
    this.#company.onerror = this.#init.onError;
    this.#program.onmessage = (message) => void this.#ask(message);
    this.#company.onmessage = (message) => void this.#answer(message);
    await this.#company.start();
    await this.#program.start();
    await ended;
    for (const waiting of this.#waiting.values()) waiting.abort();
    // The session ends with the program; a server that is gone has none.
    await this.#company.terminateSession().catch(() => undefined);
    await this.#company.close();
  }

  async #ask(message: JSONRPCMessage): Promise<void> {
    const cancelled = cancelledBy(message);
    if (cancelled !== undefined) this.#waiting.get(cancelled)?.abort();
    const id = isJSONRPCRequest(message) ? message.id : undefined;
    const control = new AbortController();
    if (id !== undefined) this.#waiting.set(id, control);
    try {
      await this.#company.send(message, { requestSignal: control.signal });
    } catch (error) {
      if (id === undefined || control.signal.aborted) return;
      this.#waiting.delete(id);
      const text = error instanceof Error ? error.message : String(error);
      await this.#program.send({
        ...{ jsonrpc: '2.0', id },
        error: { code: SERVER_ERROR, message: `The company does not answer: ${text}` },
      });
    }
  }

  async #answer(message: JSONRPCMessage): Promise<void> {
    if ('id' in message && !('method' in message) && message.id !== undefined)
      this.#waiting.delete(message.id);
    // From now on each request has to name the version that was agreed on.
    if (isJSONRPCResultResponse(message) && typeof message.result['protocolVersion'] === 'string')
      this.#company.setProtocolVersion(message.result['protocolVersion']);
    await this.#program.send(message).catch(this.#init.onError);
  }
}

function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  if (!isJSONRPCNotification(message) || message.method !== 'notifications/cancelled')
    return undefined;
  return message.params?.['requestId'] as RequestId | undefined;
}
