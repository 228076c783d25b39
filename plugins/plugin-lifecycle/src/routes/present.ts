import { formatUsd } from '@371os/kernel';
import type { AgentRecord, Transition } from '../domain/agent-record.ts';
import type { Performance } from '../domain/performance.ts';
import type { AgentStatus, Decided } from '../services/life-desk.ts';

/** An agent as machines read it. */
export function presentAgent(agent: AgentRecord): Record<string, unknown> {
  const { id, name, role, origin, hosting, state, generation, progress, notice, plan } = agent;
  const beganWith = plan?.generation;
  const { registration, placement, retireWish, createdAtMs, updatedAtMs } = agent;
  const { capabilities, economicTerms } = plan?.request ?? {};
  return {
    ...{ id, name, role, origin, hosting, state, generation, beganWith, progress },
    ...(capabilities ? { capabilities } : {}),
    ...(economicTerms ? { economicTerms } : {}),
    ...(registration ? { registration } : {}),
    ...(placement ? { lease: { ...placement }, endpoint: placement.endpoint } : {}),
    ...(retireWish === undefined ? {} : { retireWish }),
    ...(notice === undefined ? {} : { notice }),
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
  };
}

export function presentStatus({
  agent,
  performance,
  journal,
}: AgentStatus): Record<string, unknown> {
  return {
    agent: presentAgent(agent),
    performance: presentPerformance(performance),
    journal: journal.map(presentTransition),
  };
}

export function presentDecided({
  agent,
  agentId,
  beganWith,
  approval,
  isBegun,
  lines,
}: Decided): Record<string, unknown> {
  const { id, summary, state, amountPico, expiresAtMs } = approval;
  return {
    ...{ agentId, beganWith },
    ...(agent ? { agent: presentAgent(agent) } : {}),
    isBegun,
    plan: [`${summary}.`, ...lines],
    approval: {
      ...{ id, kind: approval.kind, summary, state, amountUsd: formatUsd(amountPico) },
      expiresAt: new Date(expiresAtMs).toISOString(),
    },
  };
}

function presentPerformance({
  costPico,
  lastEndedAtMs,
  ...figures
}: Performance): Record<string, unknown> {
  const lastEndedAt =
    lastEndedAtMs === undefined ? {} : { lastEndedAt: new Date(lastEndedAtMs).toISOString() };
  return { ...figures, costUsd: formatUsd(costPico), ...lastEndedAt };
}

function presentTransition({ atMs, ...transition }: Transition): Record<string, unknown> {
  return { ...transition, at: new Date(atMs).toISOString() };
}
