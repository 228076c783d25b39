import {
  Client,
  ProtocolError,
  type CallToolResult,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import { BaseError, withinTime, type Clock } from '@371os/kernel';
import {
  OutsideAnswerTooLargeError,
  OutsideCallTooLongError,
  OutsideServerError,
} from '../../errors/outside.ts';

/** A way to a server: its end is the end of the connection. */
export interface OutsideWay {
  readonly transport: Transport;
  /** Why it was given up, where the client that uses it is told something else. */
  readonly failure?: () => Error | undefined;
  /** Ends what the client has left open. */
  readonly end?: () => void;
}

export interface OutsideServerInit {
  readonly name: string;
  /** Which MCP it speaks; found out by asking when it is not known. */
  readonly mode?: 'auto' | 'legacy';
  readonly open: () => OutsideWay;
  /** False where each call has a connection of its own. */
  readonly isKept: boolean;
  /** How long connecting and a call may take, each. */
  readonly timeoutMs: number;
  /** Most bytes of one answer. */
  readonly mostBytes: number;
  readonly clock: Clock;
}

export interface OutsideCall {
  readonly tool: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
  /** Goes with the message beside its words. */
  readonly meta?: Record<string, unknown> | undefined;
}

interface Connection {
  readonly client: Client;
  readonly way: OutsideWay;
  /** What the client was told of beside answers. */
  failure: Error | undefined;
}

const IMPLEMENTATION = { name: '371os', version: '0.1.0' };
// The client's own time-out comes first, and asks the server to stop.
const GRACE_MS = 250;
const PROBE_MS = 5_000;
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 60_000;
const MOST_TOOLS = 200;
const TOOLS_KNOWN_MS = 60_000;

/**
 * One MCP server that is not ours: connected when it is needed, cut off when it hangs, speaks garbage or
 * too much, and connected anew afterwards, after longer and longer rests while that fails.
 */
export class OutsideServer {
  readonly #init: OutsideServerInit;
  #connection: Promise<Connection> | undefined;
  // What it has become.
  #current: Connection | undefined;
  readonly #closing = new Set<Promise<void>>();
  #failures = 0;
  #restsUntilMs = 0;
  #problem = '';
  #known: { readonly tools: readonly Tool[]; readonly untilMs: number } | undefined;

  constructor(init: OutsideServerInit) {
    this.#init = init;
  }

  get name(): string {
    return this.#init.name;
  }

  /** @throws OutsideServerError, OutsideCallTooLongError, OutsideAnswerTooLargeError */
  async tools(): Promise<readonly Tool[]> {
    const { clock } = this.#init;
    if (this.#known && clock() < this.#known.untilMs) return this.#known.tools;
    const { tools } = await this.#use(({ client }, options) =>
      client.listTools(undefined, options),
    );
    this.#known = { tools: tools.slice(0, MOST_TOOLS), untilMs: clock() + TOOLS_KNOWN_MS };
    return this.#known.tools;
  }

  /**
   * Makes one call, once. What the tool itself says failed is in its result.
   * @throws OutsideServerError, OutsideCallTooLongError, OutsideAnswerTooLargeError, or why the signal
   *   was aborted
   */
  async call({ tool, parameters, signal, meta }: OutsideCall): Promise<CallToolResult> {
    const { mostBytes, name } = this.#init;
    signal?.throwIfAborted();
    const result = await this.#use(
      ({ client }, options) =>
        client.callTool(
          { name: tool, arguments: { ...parameters }, ...(meta ? { _meta: meta } : {}) },
          options,
        ),
      signal,
    );
    if (JSON.stringify(result).length > mostBytes)
      throw new OutsideAnswerTooLargeError({ server: name, mostBytes });
    return result;
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.then(
      (open) => {
        this.#giveUp(open);
      },
      () => undefined,
    );
    await Promise.all(this.#closing);
  }

  async #use<Result>(
    work: (
      connection: Connection,
      options: { timeout: number; maxTotalTimeout: number; signal?: AbortSignal },
    ) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const { timeoutMs: timeout, isKept } = this.#init;
    const connection = await this.#connected();
    const options = { timeout, maxTotalTimeout: timeout, ...(signal ? { signal } : {}) };
    try {
      return await withinTime(work(connection, options), timeout + GRACE_MS, () => this.#late());
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      // A server that has understood and says no has nothing wrong with it.
      if (isKept && !(error instanceof ProtocolError)) this.#giveUp(connection);
      throw this.#explain(error, connection);
    } finally {
      if (!isKept) this.#giveUp(connection);
    }
  }

  #connected(): Promise<Connection> {
    const { clock } = this.#init;
    if (this.#connection) return this.#connection;
    if (clock() < this.#restsUntilMs)
      return Promise.reject(
        this.#error(`${this.#problem}; it is tried again in a while`, undefined),
      );
    const connecting = this.#connect();
    if (!this.#init.isKept) return connecting;
    this.#connection = connecting;
    connecting.catch(() => {
      if (this.#connection === connecting) this.#connection = undefined;
    });
    return connecting;
  }

  async #connect(): Promise<Connection> {
    const { open, mode = 'auto', timeoutMs: timeout } = this.#init;
    const way = open();
    const client = new Client(IMPLEMENTATION, {
      versionNegotiation: { mode, probe: { timeoutMs: Math.min(timeout, PROBE_MS) } },
      // Nobody here answers questions of a stranger's tool.
      inputRequired: { autoFulfill: false },
    });
    const connection: Connection = { client, way, failure: undefined };
    client.onerror = (error) => (connection.failure ??= error);
    try {
      const connecting = client.connect(way.transport, { timeout, maxTotalTimeout: timeout });
      await withinTime(connecting, timeout + GRACE_MS, () => this.#late());
    } catch (error) {
      const explained = this.#explain(error, connection);
      this.#giveUp(connection);
      this.#rest(explained.message);
      throw explained;
    }
    this.#failures = 0;
    if (this.#init.isKept) this.#current = connection;
    client.onclose = () => {
      this.#forget(connection);
    };
    return connection;
  }

  #rest(problem: string): void {
    this.#problem = problem.replace(/\.$/, '');
    const restMs = Math.min(FIRST_REST_MS * 2 ** this.#failures, LONGEST_REST_MS);
    this.#failures += 1;
    this.#restsUntilMs = this.#init.clock() + restMs;
  }

  // Nobody waits for its end: a program that hangs takes its time.
  #giveUp(connection: Connection): void {
    this.#forget(connection);
    const closing = connection.client
      .close()
      .catch(() => undefined)
      .finally(() => {
        connection.way.end?.();
        this.#closing.delete(closing);
      });
    this.#closing.add(closing);
  }

  // At once, so that whoever comes next does not get it any more.
  #forget(connection: Connection): void {
    if (this.#current !== connection) return;
    this.#current = undefined;
    this.#connection = undefined;
  }

  #explain(error: unknown, { way, failure: heard }: Connection): Error {
    const { name, mostBytes } = this.#init;
    // Too much takes its time to arrive, and is what is wrong all the same.
    if (/exceeded maximum size/.test(heard?.message ?? ''))
      return new OutsideAnswerTooLargeError({ server: name, mostBytes });
    // How it was ended is no failure of its own.
    if (/timed? ?out/i.test((error as Error).message)) return this.#late();
    const failure = way.failure?.() ?? error;
    if (BaseError.isInstance(failure)) return failure;
    const { message } = failure as Error;
    // It may hold the stranger's words.
    return this.#error(JSON.stringify(message.slice(0, 200)), failure);
  }

  #late(): Error {
    const { name: server, timeoutMs } = this.#init;
    return new OutsideCallTooLongError({ server, timeoutMs });
  }

  #error(problem: string, cause: unknown): Error {
    return new OutsideServerError({ server: this.#init.name, problem, cause });
  }
}
