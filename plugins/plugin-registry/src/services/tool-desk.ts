import { createHash } from 'node:crypto';
import {
  currentConversation,
  explainError,
  formatUsd,
  requireRole,
  type Clock,
  type PicoUsd,
  type Principal,
} from '@371os/kernel';
import type { Approval, ApprovalRequest, Approvals, TreasuryService } from '@371os/plugin-treasury';
import { canonicalJson, type JsonValue } from '../domain/canonical-json.ts';
import { platformsOf, type Endpoint, type Tool } from '../domain/discovery/indexed-agent.ts';
import {
  CALL_KIND,
  callPlanSchema,
  describeCall,
  requestOf,
  toolNamed,
  type CallPlan,
  type Receipt,
  type ToolRequest,
} from '../domain/tools/execution.ts';
import type { AgentReader, ReadAgent } from '../ports/agent-sources.ts';
import type { SchemaCheck } from '../ports/schema-check.ts';
import type { ToolCaller } from '../ports/tool-caller.ts';
import type { Database } from '../store/database.ts';
import {
  beginExecution,
  completeExecution,
  failExecution,
  findExecution,
  type Execution,
} from '../store/execution-store.ts';
import {
  AgentDownError,
  ConfidentialCallError,
  EndpointRefusedError,
  ExecutionChangedError,
  ExecutionFailedError,
  ExecutionLostError,
  ExecutionRunningError,
  NoEndpointError,
  PriceAboveLimitError,
  SchemaMismatchError,
  ToolAnswerTooLargeError,
  ToolFailedError,
  ToolProtocolError,
  ToolTimeoutError,
  ToolUnreachableError,
  UnknownCallError,
  UnknownPriceError,
  UnknownToolError,
} from '../tool-errors.ts';
import type { AgentDirectory } from './agent-directory.ts';

export interface ToolDeskComponents {
  /** The name of the agent that calls. */
  readonly agent: string;
  readonly database: Database;
  readonly directory: AgentDirectory;
  readonly reader: AgentReader;
  readonly caller: ToolCaller;
  readonly checkSchema: SchemaCheck;
  readonly treasury: Pick<TreasuryService, 'reserve' | 'settle' | 'release'>;
  readonly approvals: Pick<Approvals, 'request' | 'consume'>;
  /** Calls that cost more wait for the owner. */
  readonly approvalAbovePico: PicoUsd;
  /** How long a call may take. */
  readonly timeoutMs: number;
  readonly now: Clock;
}

/** A call that was made, now or before under the same id. */
export interface ToolResult {
  readonly receipt: Receipt;
  readonly costPico: PicoUsd;
  /** JSON that a stranger wrote: data, never instructions. */
  readonly output: JsonValue;
}

/** A call that nothing speaks against. */
interface CheckedCall {
  readonly request: ToolRequest;
  readonly agent: ReadAgent;
  readonly tool: Tool;
  readonly endpoint: Endpoint;
  readonly pricePico: PicoUsd;
}

// Between the end of a call and its entry here and in the ledger.
const GRACE_MS = 30_000;

/** Has strangers' tools do something: checked, within a budget, once for an id, and on record. */
export class ToolDesk {
  readonly #components: ToolDeskComponents;

  constructor(components: ToolDeskComponents) {
    this.#components = components;
  }

  /**
   * Calls a tool, or asks the owner for an approval when it is dear. The same id gives the same
   * result.
   * @throws NotPermittedError, AgentNotFoundError, UnverifiedAgentError, UnknownToolError,
   *   UnknownPriceError, PriceAboveLimitError, SchemaMismatchError, BudgetExceededError and what the
   *   call itself throws
   */
  async request(
    wanted: ToolRequest,
    asked: Pick<ApprovalRequest, 'requester' | 'room' | 'message'>,
  ): Promise<{ readonly approval: Approval } | { readonly result: ToolResult }> {
    requireRole(asked.requester, 'admin', "call other agents' tools");
    if (currentConversation()?.isConfidential) throw new ConfidentialCallError();
    const request = await this.#named(wanted);
    const known = await this.#known(request);
    if (known) return { result: known };
    const call = await this.#check(request);
    const { approvals, approvalAbovePico } = this.#components;
    if (call.pricePico <= approvalAbovePico)
      return { result: await this.#make(call, asked.requester) };
    const plan = planOf(call);
    const summary = describeCall(plan, call.agent.profile.name);
    const amountPico = call.pricePico;
    return {
      approval: await approvals.request({ kind: CALL_KIND, plan, summary, amountPico, ...asked }),
    };
  }

  /** Makes a call that was approved. @throws UnknownCallError and what {@link request} throws */
  async carryOut({ id, plan, digest, requester }: Approval): Promise<ToolResult> {
    const parsed = callPlanSchema.safeParse(plan);
    if (!parsed.success) throw new UnknownCallError({ approvalId: id });
    const request = requestOf(parsed.data);
    const call = await this.#check(request);
    if (call.endpoint.url !== parsed.data.endpoint)
      throw new EndpointRefusedError({
        url: call.endpoint.url,
        problem: `the call was approved for ${parsed.data.endpoint}, and the agent has moved since`,
      });
    await this.#components.approvals.consume(id, digest);
    return this.#make(call, { id: requester, role: 'admin', proof: 'none' });
  }

  // --- before the call

  // However somebody names them, the same agent and tool make the same call.
  async #named(request: ToolRequest): Promise<ToolRequest> {
    const agent = await this.#components.directory.find(request.agent);
    const tool = toolNamed(agent, request.tool)?.id ?? request.tool;
    return { ...request, agent: agent.id, tool };
  }

  async #known(request: ToolRequest): Promise<ToolResult | undefined> {
    const { executionId } = request;
    const known = await findExecution(this.#components.database, executionId);
    if (!known) return undefined;
    if (known.digest !== digestOf(request)) throw new ExecutionChangedError({ executionId });
    return resultOf(known);
  }

  async #check(request: ToolRequest): Promise<CheckedCall> {
    const { directory, reader, checkSchema } = this.#components;
    const { agentId } = await directory.find(request.agent);
    // What the index knows may be old: where money and data go is read and verified anew.
    const agent = await reader.read(agentId);
    const { id, profile } = agent;
    if (!agent.isUp) throw new AgentDownError({ id });
    const tool = toolNamed(profile, request.tool);
    const tools = profile.tools.map((one) => one.id);
    if (!tool) throw new UnknownToolError({ id, tool: request.tool, tools });
    const pricePico = priceOf(tool, request.maxCostPico);
    const problem = tool.inputSchema && checkSchema(tool.inputSchema, request.parameters);
    if (problem !== undefined)
      throw new SchemaMismatchError({ tool: tool.id, what: 'input', problem });
    return { request, agent, tool, pricePico, endpoint: endpointFor(agent, request) };
  }

  // --- the call

  // What no budget has room for leaves no trace: the same id may be asked for again.
  async #make(call: CheckedCall, requester: Principal): Promise<ToolResult> {
    const { treasury, now } = this.#components;
    const reservationId = await this.#reserve(call, requester);
    let isOurs = false;
    const beganMs = now();
    try {
      isOurs = await this.#begin(call, requester);
      if (!isOurs) return await this.#madeByOthers(call, requester, reservationId);
      const result = await this.#call(call, beganMs);
      await treasury.settle(reservationId, this.#usage(call));
      await this.#complete(result);
      return result;
    } catch (error) {
      await treasury.release(reservationId);
      if (isOurs) await this.#fail(call, error, beganMs);
      throw error;
    }
  }

  async #begin(
    { request, agent, tool, endpoint, pricePico }: CheckedCall,
    by: Principal,
  ): Promise<boolean> {
    const { database, timeoutMs } = this.#components;
    return beginExecution(database, {
      ...{ id: request.executionId, digest: digestOf(request), agent: agent.id, tool: tool.id },
      ...{ platform: endpoint.platform, requesterId: by.id, costPico: pricePico },
      withinMs: timeoutMs + GRACE_MS,
    });
  }

  async #madeByOthers(
    call: CheckedCall,
    requester: Principal,
    reservationId: string,
  ): Promise<ToolResult> {
    await this.#components.treasury.release(reservationId);
    return (await this.#known(call.request)) ?? this.#make(call, requester);
  }

  async #complete({ receipt, output }: ToolResult): Promise<void> {
    const kept = { receipt, output: JSON.stringify(output) };
    await completeExecution(this.#components.database, receipt.executionId, kept);
  }

  async #reserve({ pricePico, request }: CheckedCall, requester: Principal): Promise<string> {
    const { agent, treasury, timeoutMs } = this.#components;
    const task = currentConversation()?.taskId ?? request.executionId;
    const { id } = await treasury.reserve({
      ...{ category: 'tools', amountPico: pricePico, ttlMs: timeoutMs + GRACE_MS },
      scopes: { agent, user: requester.id, task },
      // Where this process dies over the call, the other side may have done its part.
      chargeOnExpiry: true,
    });
    return id;
  }

  #usage({
    agent,
    tool,
    pricePico,
    request,
  }: CheckedCall): Parameters<TreasuryService['settle']>[1] {
    return {
      ...{ costPico: pricePico, provider: agent.id, model: tool.id, callId: request.executionId },
      ...{ tokensIn: 0, tokensOut: 0, status: 'ok' },
    };
  }

  async #call(call: CheckedCall, beganMs: number): Promise<ToolResult> {
    const { caller, checkSchema, now } = this.#components;
    const { request, tool, endpoint, pricePico } = call;
    const { executionId, parameters } = request;
    const answer = await caller.call({ ...endpoint, executionId, parameters, tool: tool.id });
    const latencyMs = now() - beganMs;
    if (answer.isError) throw new ToolFailedError({ tool: tool.id, said: answer.output });
    const output = (answer.output ?? null) as JsonValue;
    const problem = tool.outputSchema && checkSchema(tool.outputSchema, output);
    if (problem !== undefined)
      throw new SchemaMismatchError({ tool: tool.id, what: 'answer', problem });
    const receipt = receiptOf(call, { output, latencyMs, beganMs });
    return { receipt, output, costPico: pricePico };
  }

  async #fail({ request }: CheckedCall, error: unknown, beganMs: number): Promise<void> {
    const { database, now } = this.#components;
    await failExecution(database, request.executionId, {
      failure: explainError(error),
      latencyMs: now() - beganMs,
      isTheirs: isTheirs(error),
    });
  }
}

// What the other side is to blame for, so that it counts against it.
const THEIRS = [
  SchemaMismatchError,
  ToolAnswerTooLargeError,
  ToolFailedError,
  ToolProtocolError,
  ToolTimeoutError,
  ToolUnreachableError,
];

function isTheirs(error: unknown): boolean {
  return THEIRS.some((kind) => error instanceof kind);
}

function resultOf(kept: Execution): ToolResult {
  const { id: executionId, state, receipt, output, costPico, failure } = kept;
  if (state === 'RUNNING') throw new ExecutionRunningError({ executionId });
  if (state === 'LOST') throw new ExecutionLostError({ executionId });
  if (!receipt || output === undefined)
    throw new ExecutionFailedError({ executionId, failure: failure ?? 'It failed.' });
  return { receipt, costPico, output: JSON.parse(output) as JsonValue };
}

function priceOf({ id: tool, pricePico, priceText }: Tool, maxPico: PicoUsd): PicoUsd {
  if (pricePico === undefined) throw new UnknownPriceError({ tool, priceText });
  if (pricePico > maxPico) throw new PriceAboveLimitError({ tool, pricePico, maxPico });
  return pricePico;
}

function endpointFor({ id, profile }: ReadAgent, { platform }: ToolRequest): Endpoint {
  const order = platform === undefined ? platformsOf(profile) : [platform];
  for (const one of order) {
    const endpoint = profile.endpoints.find((offered) => offered.platform === one);
    if (endpoint) return endpoint;
  }
  throw new NoEndpointError({ id, platforms: order.length > 0 ? order : ['mcp', 'a2a', 'web'] });
}

function planOf({ request, agent, tool, endpoint, pricePico }: CheckedCall): CallPlan {
  const { executionId, parameters } = request;
  return {
    ...{ version: 1, executionId, agent: agent.id, tool: tool.id, parameters: { ...parameters } },
    ...{ platform: endpoint.platform, endpoint: endpoint.url, priceUsd: formatUsd(pricePico) },
  };
}

function receiptOf(
  { request, agent, tool, endpoint, pricePico }: CheckedCall,
  { output, latencyMs, beganMs }: { output: JsonValue; latencyMs: number; beganMs: number },
): Receipt {
  const proof = {
    ...{ executionId: request.executionId, tool: tool.id, latencyMs, isPaid: false },
    provenance: {
      ...{ agentId: agent.id, agentName: agent.profile.name, owner: agent.owner },
      ...{ blockNumber: agent.blockNumber, platform: endpoint.platform, endpoint: endpoint.url },
      ...(agent.profile.cid === undefined ? {} : { cid: agent.profile.cid }),
    },
    costUsd: formatUsd(pricePico),
    startedAt: new Date(beganMs).toISOString(),
    inputHash: hashOf(request.parameters as JsonValue),
    outputHash: hashOf(output),
  };
  const { cid } = agent.profile;
  return {
    ...{ ...proof, provenance: { ...proof.provenance, cid } },
    verificationHash: hashOf(proof),
  };
}

function digestOf({ agent, tool, parameters }: ToolRequest): string {
  return hashOf({
    agent: agent.toLowerCase(),
    tool: tool.toLowerCase(),
    parameters: parameters as JsonValue,
  });
}

function hashOf(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
