import type { IAgentRuntime } from '@elizaos/core';
import { formatUsd } from '@371os/kernel';
import type { Decision, RouterService } from '@371os/plugin-router';
import type { DecisionLine } from '../domain/panels.ts';
import type { PanelSource } from '../ports/panel-source.ts';
import { panelOf } from './colleagues.ts';

const MOST = 30;

/** Why the newest requests went where they went. */
export function decisionsPanel(runtime: IAgentRuntime): PanelSource<'decisions'> {
  return panelOf<'decisions', RouterService>({
    ...{ name: 'decisions', everyMs: 2_000, runtime },
    ...{ service: 'router', plugin: '@371os/plugin-router' },
    read: async (router) => ({ decisions: (await router.lastDecisions({}, MOST)).map(lineOf) }),
  });
}

function lineOf(decision: Decision): DecisionLine {
  const { taskId, agent, reason, requesterId, state, costPico, atMs, calls } = decision;
  return {
    ...{ taskId, agent, reason, state, requester: requesterId },
    text: decision.isConfidential ? null : decision.text,
    costUsd: formatUsd(costPico),
    atMs: atMs ?? null,
    candidates: decision.candidates.map((one) => ({
      ...{ agent: one.agent, role: one.role, score: one.score, verdict: one.verdict },
      ...{ availability: one.availability, usdPerTask: one.usdPerTask ?? null },
    })),
    calls: calls.map((call) => ({
      ...{ model: call.model, reason: call.reason, status: call.status },
      costUsd: formatUsd(call.costPico),
    })),
  };
}
