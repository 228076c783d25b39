import { formatUsd } from '@371os/kernel';
import type { FleetCost } from './fleet-cost.ts';
import type { Proposal } from './hpa.ts';
import type { ScalingDecision } from './scaling-decision.ts';

const UNITS: Readonly<Record<string, string>> = {
  queueDepth: ' tasks an instance',
  latencyMs: ' ms (p95)',
  cpuPercent: ' % CPU',
  memoryMb: ' MB',
};

/** A decision for a person to read, with all that counted. */
export function describeDecision(decision: ScalingDecision): string {
  const { agent, current, count, min, max, proposals, reasons, load } = decision;
  const change = current === count ? 'and that is right' : `and ${String(count)} would be right`;
  const lines = [
    `${agent}: ${instances(current)} now, ${change} (from ${String(min)} to ${String(max)}).`,
    ...proposals.map((proposal) => `- ${describeProposal(proposal)}`),
    ...reasons.map((reason) => `- ${reason}`),
  ];
  if (load)
    lines.push(
      `- ${String(load.queued)} tasks wait, ${String(load.working)} are worked on; of the last ${String(load.ended)}, ${String(load.failed)} failed.`,
    );
  return lines.join('\n');
}

/** Why, in one line, for the journal. */
export function reasonOf({ proposals, reasons }: ScalingDecision): string {
  return [...proposals.map(describeProposal), ...reasons].join(' ');
}

/** What instances have cost beside a fixed fleet, in one line. */
export function describeCost(agent: string, cost: FleetCost): string {
  const { instanceSeconds, fixedInstanceSeconds, costPico, fixedCostPico, savedShare } = cost;
  const saved = savedShare === undefined ? '' : `, ${String(Math.round(savedShare * 100))} % less`;
  return `${agent} used ${instanceSeconds.toFixed(0)} instance-seconds ($${formatUsd(costPico)}); its maximum all the time would have been ${fixedInstanceSeconds.toFixed(0)} ($${formatUsd(fixedCostPico)})${saved}.`;
}

function describeProposal({ metric, count, value, target, ratio }: Proposal): string {
  if (value === undefined || target === undefined || ratio === undefined)
    return `${metric} is not known.`;
  const unit = UNITS[metric] ?? '';
  return `${metric} is ${short(value)}${unit}, ${short(ratio)} of ${short(target)}: asks for ${String(count)}.`;
}

function instances(count: number): string {
  return count === 1 ? '1 instance' : `${String(count)} instances`;
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : 'infinitely much';
}
