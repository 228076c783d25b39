import { usdNumber, type TraceEvent } from '@371os/kernel';
import type { Reply } from '../domain/reply.ts';
import type { ListedAgent } from '../services/router-service.ts';
import { withAnswer, type RoutedTask } from '../domain/task.ts';

/** A reply as machines read it. Amounts are US dollars as JSON numbers. */
export function presentReply(reply: Reply): Record<string, unknown> {
  return {
    text: reply.text,
    tasks: reply.tasks.map(presentTaskFields),
    costUsd: usdNumber(reply.costPico),
    decisions: reply.decisions.map(presentDecision),
    ...(reply.errorCode ? { error: { code: reply.errorCode, message: reply.text } } : {}),
  };
}

export function presentTaskFields(task: RoutedTask): Record<string, unknown> {
  const { id, agent, text, state, answer, model, reason, dependsOn, waitingFor } = withAnswer(task);
  return {
    id,
    agent,
    text,
    state,
    answer,
    model,
    costUsd: usdNumber(task.costPico),
    reason,
    dependsOn,
    ...(waitingFor === undefined ? {} : { waitingFor }),
  };
}

/** An agent as machines read it; `usdPerTask` is left out when it is not known. */
export function presentAgent(agent: ListedAgent): Record<string, unknown> {
  const { name, role, capabilities, availability, load, health, rate, isElsewhere } = agent;
  return {
    name,
    role,
    capabilities,
    availability,
    openTasks: load.open,
    concurrency: load.concurrency,
    failuresInARow: health.failuresInARow,
    isElsewhere: isElsewhere === true,
    ...(rate ? { usdPerTask: usdNumber(rate.picoPerTask), rateBasis: rate.basis } : {}),
  };
}

/** A trace event with its amounts in dollars: `costPico` becomes `costUsd`. */
export function presentDecision(event: TraceEvent): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(event).map(([key, value]) =>
      typeof value === 'bigint' ? [key.replace(/Pico$/, 'Usd'), usdNumber(value)] : [key, value],
    ),
  );
}
