import { usdNumber } from '@371os/kernel';
import { Gauge, Registry } from 'prom-client';
import type { AgentRecord } from '../domain/agent-record.ts';
import { AGENT_STATES } from '../domain/agent-state.ts';
import type { Performance } from '../domain/performance.ts';

/** An agent with how it has done its newest tasks. */
export interface MeasuredAgent {
  readonly agent: AgentRecord;
  readonly performance: Performance;
}

const AGENT = ['agent', 'role'] as const;

/** What each figure of a performance is called, and what it says. */
const FIGURES: readonly (readonly [
  name: string,
  help: string,
  value: (performance: Performance) => number | null,
])[] = [
  ['tasks_completed', 'Tasks completed, of the newest 1,000.', ({ completed }) => completed],
  ['tasks_failed', 'Tasks failed, of the newest 1,000.', ({ failed }) => failed],
  ['queue_depth', 'Tasks that it works on or has yet to begin.', ({ queued }) => queued],
  ['error_ratio', 'Share of tasks that failed, 0 to 1.', errorRatio],
  [
    'task_seconds_average',
    'How long a task took, on average.',
    ({ averageMs }) => inSeconds(averageMs),
  ],
  ['task_seconds_p95', 'Within which 95 % of tasks were done.', ({ p95Ms }) => inSeconds(p95Ms)],
  ['task_seconds_total', 'How long its tasks took together.', ({ totalMs }) => inSeconds(totalMs)],
  ['task_retries', 'Attempts that were repeated.', ({ retries }) => retries],
  [
    'tasks_per_second',
    'Tasks ended in the last minute, a second.',
    ({ throughputPerSecond }) => throughputPerSecond,
  ],
  ['cost_usd', 'What its tasks cost together.', ({ costPico }) => usdNumber(costPico)],
];

/** Agents' lives and tasks as Prometheus reads them. */
export async function agentMetrics(
  measured: readonly MeasuredAgent[],
): Promise<{ contentType: string; text: string }> {
  const registry = new Registry();
  const registers = [registry];
  const states = new Gauge({
    name: 'agent_state',
    help: '1 for the state that an agent is in.',
    labelNames: [...AGENT, 'state'],
    registers,
  });
  for (const { agent } of measured)
    for (const state of AGENT_STATES)
      states.set({ ...labelsOf(agent), state }, Number(agent.state === state));
  for (const [name, help, valueOf] of FIGURES) {
    const gauge = new Gauge({ name: `agent_${name}`, help, labelNames: AGENT, registers });
    for (const { agent, performance } of measured) {
      const value = valueOf(performance);
      // What is not known is left out, not zero.
      if (value !== null) gauge.set(labelsOf(agent), value);
    }
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function labelsOf({ name, role }: AgentRecord): { agent: string; role: string } {
  return { agent: name, role };
}

function errorRatio({ errorRatePercent }: Performance): number | null {
  return errorRatePercent === null ? null : errorRatePercent / 100;
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
