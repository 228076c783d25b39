import {
  currentConversation,
  explainError,
  formatUsd,
  requireRole,
  withinTime,
  type Clock,
  type IdSource,
  type Principal,
} from '@371os/kernel';
import type { TreasuryService } from '@371os/plugin-treasury';
import type { CallToolResult, Tool } from '@modelcontextprotocol/client';
import { metaOf } from '../domain/agents/delegation.ts';
import { textOf, type OutsideAnswer } from '../domain/outside/describe-answer.ts';
import type { ServerConfig } from '../domain/outside/server-config.ts';
import {
  OutsideConfidentialError,
  OutsideToolFailedError,
  SlowServerError,
  UnknownOutsideToolError,
} from '../errors/outside.ts';
import type { OutsideCallStore } from '../store/outside-call-store.ts';

/** A server of elsewhere, whatever way it is reached. */
export interface OutsideServerPort {
  tools(): Promise<readonly Tool[]>;
  call(call: {
    readonly tool: string;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly signal?: AbortSignal | undefined;
    readonly meta?: Record<string, unknown> | undefined;
  }): Promise<CallToolResult>;
  close(): Promise<void>;
}

/** A server that a character names, and what it says of it. */
export interface NamedServer {
  readonly name: string;
  readonly config: Pick<ServerConfig, 'role' | 'usdPerCall' | 'tools' | 'isLocal'>;
  readonly server: OutsideServerPort;
}

export interface OutsideToolsInit {
  /** The agent that uses them. */
  readonly agent: string;
  readonly servers: readonly NamedServer[];
  readonly calls: Pick<OutsideCallStore, 'begin' | 'end'>;
  readonly treasury: () => Promise<Pick<TreasuryService, 'reserve' | 'settle' | 'release'>>;
  /** How long a call may take. */
  readonly timeoutMs: number;
  readonly newId: IdSource;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** A tool that an agent can use. */
export interface OutsideTool {
  readonly server: string;
  readonly tool: Tool;
}

export interface OutsideRequest {
  readonly server: string;
  readonly tool: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface Call extends OutsideRequest {
  readonly id: string;
  readonly costPico: bigint;
  readonly requester: Principal;
}

// Connecting takes as long as a call, and both have to be entered in the ledger.
const GRACE_MS = 30_000;
// An answer waits for it.
const LIST_MS = 2_000;

/** Uses tools of elsewhere for an agent: by role, in private none that tells others, metered and logged. */
export class OutsideTools {
  readonly #init: OutsideToolsInit;

  constructor(init: OutsideToolsInit) {
    this.#init = init;
  }

  /** The tools of those servers that answer. */
  async list(): Promise<OutsideTool[]> {
    const { servers, onError } = this.#init;
    const lists = servers.map(async (named) => {
      try {
        // Whoever is slow is asked again the next time, and by then perhaps known.
        return await withinTime(toolsOf(named), LIST_MS, () => new SlowServerError(named));
      } catch (error) {
        onError(error);
        return [];
      }
    });
    return (await Promise.all(lists)).flat();
  }

  /**
   * Makes one call, once.
   * @throws NotPermittedError, UnknownOutsideToolError, OutsideConfidentialError, BudgetExceededError,
   *   OutsideToolFailedError, and what the server throws
   */
  async use(request: OutsideRequest, requester: Principal): Promise<OutsideAnswer> {
    const named = this.#named(request.server);
    const { config, name: server } = named;
    requireRole(requester, config.role, `have tools of ${server} used`);
    if (currentConversation()?.isConfidential === true && !config.isLocal)
      throw new OutsideConfidentialError({ server });
    const known = (await toolsOf(named)).map(({ tool }) => tool.name);
    if (!known.includes(request.tool))
      throw new UnknownOutsideToolError({ wanted: `tool "${request.tool}" of ${server}`, known });
    const costPico = config.usdPerCall ?? 0n;
    return this.#metered(named, {
      ...{ ...request, server, requester, costPico, id: this.#init.newId() },
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#init.servers.map(({ server }) => server.close()));
  }

  #named(wanted: string): NamedServer {
    const { servers } = this.#init;
    const found = servers.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
    if (found) return found;
    const known = servers.map(({ name }) => name);
    throw new UnknownOutsideToolError({ wanted: `MCP server "${wanted}"`, known });
  }

  // What has no price is not entered in the ledger, and is logged all the same.
  async #metered(named: NamedServer, call: Call): Promise<OutsideAnswer> {
    const { id, costPico, server: provider, tool: model } = call;
    if (costPico === 0n) return this.#logged(named, call);
    const treasury = await this.#init.treasury();
    const reservationId = await this.#reserve(treasury, call);
    try {
      const answer = await this.#logged(named, call);
      const usage = { tokensIn: 0, tokensOut: 0, status: 'ok' } as const;
      await treasury.settle(reservationId, { ...usage, costPico, provider, model, callId: id });
      return answer;
    } catch (error) {
      await treasury.release(reservationId);
      throw error;
    }
  }

  async #reserve(
    treasury: Pick<TreasuryService, 'reserve'>,
    { id, costPico, requester }: Call,
  ): Promise<string> {
    const { agent, timeoutMs } = this.#init;
    const task = currentConversation()?.taskId ?? id;
    const reservation = await treasury.reserve({
      ...{ category: 'tools', amountPico: costPico, ttlMs: 2 * timeoutMs + GRACE_MS },
      scopes: { agent, user: requester.id, task },
      // Where this process dies over the call, the other side may have done its part.
      chargeOnExpiry: true,
    });
    return reservation.id;
  }

  async #logged({ server: port }: NamedServer, call: Call): Promise<OutsideAnswer> {
    const { agent, calls, clock } = this.#init;
    const { id, server, tool, parameters, costPico } = call;
    const conversation = currentConversation();
    const sentBytes = JSON.stringify(parameters).length;
    const begun = { id, agent, server, tool, sentBytes, costPico, requester: call.requester.id };
    await calls.begin({ ...begun, task: conversation?.taskId });
    const beganMs = clock();
    try {
      const meta = conversation ? metaOf(conversation) : undefined;
      const result = await port.call({ tool, parameters, meta, signal: conversation?.signal });
      const answer = answerOf(call, result);
      const answerBytes = JSON.stringify(result).length;
      await calls.end(id, { answerBytes, latencyMs: clock() - beganMs });
      return answer;
    } catch (error) {
      await calls.end(id, { failure: explainError(error), latencyMs: clock() - beganMs });
      throw error;
    }
  }
}

async function toolsOf({ name, config, server }: NamedServer): Promise<OutsideTool[]> {
  const { tools: wanted } = config;
  const tools = await server.tools();
  return tools
    .filter((tool) => wanted === undefined || wanted.includes(tool.name))
    .map((tool) => ({ server: name, tool }));
}

/** @throws OutsideToolFailedError */
function answerOf(
  { server, tool, costPico }: Call,
  { content, structuredContent: structured, isError }: CallToolResult,
): OutsideAnswer {
  if (isError === true) throw new OutsideToolFailedError({ tool, said: textOf({ content }) });
  return { server, tool, content, structured, costUsd: formatUsd(costPico) };
}
