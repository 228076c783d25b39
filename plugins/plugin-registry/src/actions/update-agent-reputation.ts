import { createUniqueUuid } from '@elizaos/core';
import { currentConversation, ruledAction, type ActionOutcome } from '@371os/kernel';
import { z } from 'zod';
import type { Metrics } from '../domain/reputation/rate-metrics.ts';
import { readRating, readRatingRequest } from '../domain/tools/read-tool-request.ts';
import { agentToolsOf } from '../services/agent-tools-service.ts';
import { registryOf } from '../services/registry-service.ts';
import type { SentRating } from '../services/reputation-desk.ts';
import { InvalidRatingError } from '../tool-errors.ts';
import { parseToolRequest } from './parse-tool-request.ts';

const amount = z.coerce.number().nonnegative().optional();
const metrics = z
  .object({
    responseTime: amount,
    p95Latency: amount,
    /** In percent. */
    uptime: z.coerce.number().min(0).max(100).optional(),
    /** 0 to 1. */
    successRate: z.coerce.number().min(0).max(1).optional(),
    averageCost: amount,
  })
  .transform(({ responseTime, p95Latency, uptime, successRate, averageCost }): Metrics => ({
    p95LatencyMs: p95Latency ?? responseTime,
    successShare: successRate ?? (uptime === undefined ? undefined : uptime / 100),
    averageCostUsd: averageCost,
  }));

const input = z.object({
  agentId: z.coerce.string().trim().min(1, 'say which agent').max(256),
  rating: z.union([z.string(), z.number()]).optional(),
  metrics: metrics.optional(),
  category: z.string().trim().toLowerCase().min(1).max(64).default('overall'),
  evidence: z
    .union([z.string().transform((one) => [one]), z.array(z.string())])
    .default([])
    .pipe(z.array(z.string().max(4_000)).max(20)),
  executionId: z.string().max(128).optional(),
});

// 0 is a rating, and the worst one.
function valueOf(rating: string | number | undefined): number | undefined {
  if (rating === undefined || rating === '') return undefined;
  const value = readRating(String(rating));
  if (value === undefined) throw new InvalidRatingError({ problem: `"${String(rating)}"` });
  return value;
}

function presentRating(
  { rating, transactionHash, blockNumber }: SentRating,
  explorer: string | undefined,
): ActionOutcome {
  const { agent, value, category, evidenceHash, executionId, reason } = rating;
  const link = explorer === undefined ? undefined : `${explorer}/tx/${transactionHash}`;
  return {
    text: `Agent ${agent} is rated ${String(value)} of 100 for ${category} (${reason}), on chain in transaction ${transactionHash}. Evidence hash: ${evidenceHash}.${link === undefined ? '' : ` ${link}`}`,
    values: { transactionHash },
    data: {
      ...{ transactionHash, blockNumber, explorerUrl: link },
      reputationUpdate: {
        agentId: agent,
        rating: value / 100,
        category,
        evidenceHash,
        executionId,
      },
    },
  };
}

/** Says on chain what we think of an agent; it costs gas. For the owner and admins. */
export const updateAgentReputation = ruledAction({
  name: 'UPDATE_AGENT_REPUTATION',
  similes: [
    'RATE_AGENT_PERFORMANCE',
    'SUBMIT_TRUST_ATTESTATION',
    'UPDATE_BLOCKCHAIN_REPUTATION',
    'PROVIDE_PERFORMANCE_FEEDBACK',
  ],
  description:
    'Gives feedback on a registered agent in the reputation registry (ERC-8004): a rating, or metrics, or what was measured of our calls. It costs gas, and an agent of our own cannot be rated.',
  parameters: {
    agentId: { type: 'string', description: 'Number, id or name of the agent', required: true },
    rating: { type: 'string', description: '0 to 1, or like 90 % or 4 of 5', required: false },
    metrics: {
      type: 'object',
      description: 'p95Latency in ms, uptime in percent, averageCost in US dollars',
      required: false,
    },
    category: { type: 'string', description: 'Default: overall', required: false },
    evidence: { type: 'string', description: 'What the rating rests on', required: false },
    executionId: { type: 'string', description: 'The call that is rated', required: false },
  },
  adminsOnly: 'rate agents on chain',
  validate: (runtime) => Promise.resolve(runtime.hasService('agent-tools')),
  rule: readRatingRequest,
  example: ['Rate agent 7 with 0.9 for accuracy', 'Agent 7 is rated 90 of 100 for accuracy'],
  async work({ runtime, message, principal: requester, parameters }) {
    const { agentId: agent, rating, metrics: given, ...rest } = parseToolRequest(input, parameters);
    const desk = await (await agentToolsOf(runtime)).reputation();
    // A task or message that is handled again after a crash means the same rating.
    const work = currentConversation()?.taskId ?? String(message.id);
    const requestId = createUniqueUuid(runtime, `rating:${work}:${agent}`);
    const { executionId } = rest;
    const wish = { ...rest, agent, requestId, executionId, metrics: given ?? {} };
    const sent = await desk.rate({ ...wish, rating: valueOf(rating) }, requester);
    const { settings } = await registryOf(runtime);
    return presentRating(sent, settings.REGISTRY_EXPLORER_URL);
  },
});
