import { formatUsd, parseUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import {
  PLATFORMS,
  type IndexedAgent,
  type JsonObject,
  type Platform,
  type Tool,
} from '../../domain/discovery/indexed-agent.ts';

/** What somebody wants a stranger's tool to do. */
export interface ToolRequest {
  readonly executionId: string;
  /** The agent's id, number or name. */
  readonly agent: string;
  /** Id or name of the tool. */
  readonly tool: string;
  readonly parameters: JsonObject;
  /** Over which it is called; the first that the agent offers when missing. */
  readonly platform: Platform | undefined;
  readonly maxCostPico: PicoUsd;
}

/** Where a result comes from, and what that was verified by. */
export interface Provenance {
  readonly agentId: string;
  readonly agentName: string;
  readonly owner: string;
  /** Of the registration file that names the tool; missing for files that are not on IPFS. */
  readonly cid: string | undefined;
  /** At which chain and file were read. */
  readonly blockNumber: number;
  readonly platform: Platform;
  readonly endpoint: string;
}

/** Proves which call had which result; `verificationHash` is over all the rest. */
export interface Receipt {
  readonly executionId: string;
  readonly tool: string;
  readonly provenance: Provenance;
  readonly costUsd: string;
  /** False: there is no payment protocol yet, so the cost is only recorded. */
  readonly isPaid: boolean;
  readonly startedAt: string;
  readonly latencyMs: number;
  /** SHA-256 of the canonical JSON of input and output. */
  readonly inputHash: string;
  readonly outputHash: string;
  readonly verificationHash: string;
}

/** What is approved: exactly this call. */
export const callPlanSchema = z.object({
  version: z.literal(1),
  executionId: z.string(),
  agent: z.string(),
  tool: z.string(),
  platform: z.enum(PLATFORMS),
  endpoint: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  priceUsd: z.string(),
});
export type CallPlan = z.output<typeof callPlanSchema>;

/** The kind of approval that a dear call needs. */
export const CALL_KIND = 'call-agent-tool';

/** The tool that somebody means, by its id or its name. */
export function toolNamed(
  { tools }: Pick<IndexedAgent, 'tools'>,
  wanted: string,
): Tool | undefined {
  const name = wanted.trim().toLowerCase();
  return (
    tools.find(({ id }) => id.toLowerCase() === name) ??
    tools.find((tool) => tool.name.toLowerCase() === name)
  );
}

/** Back from what was approved; at no higher price. */
export function requestOf(plan: CallPlan): ToolRequest {
  const { executionId, agent, tool, platform, parameters } = plan;
  return { executionId, agent, tool, platform, parameters, maxCostPico: parseUsd(plan.priceUsd) };
}

/** The call in words, for whoever approves it. */
export function describeCall(plan: CallPlan, agentName: string): string {
  const parameters = JSON.stringify(plan.parameters).slice(0, 300);
  return `Call tool ${plan.tool} of agent ${plan.agent} (${quoted(agentName)}) over ${plan.platform} at ${plan.endpoint} for $${plan.priceUsd}, with ${parameters}`;
}

/** Text of a stranger as data: one line, within quotes, no longer than said. */
export function quoted(text: string, most = 80): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return JSON.stringify(cut);
}

/** The cost of a receipt, in words. */
export function describeCost(costPico: PicoUsd): string {
  return costPico === 0n
    ? 'It is free.'
    : `$${formatUsd(costPico)} are recorded as spent; nothing was paid, since there is no payment protocol yet.`;
}
