import { registryName } from './agent-id.ts';
import type { AgentReport, CheckName } from './agent-report.ts';
import { failureOf } from './agent-report.ts';

/** A field, and by what it is vouched for. */
export interface PresentedField {
  readonly value: unknown;
  readonly verifiedBy: readonly string[];
}

/** A report as JSON: every field with how it was verified, and the reason where it must not be believed. */
export interface PresentedReport {
  readonly id: string;
  readonly isVerified: boolean;
  readonly isActive: boolean;
  readonly reason?: string;
  readonly fields: Readonly<Record<string, PresentedField>>;
  readonly checks: AgentReport['checks'];
}

const FILE_CHECKS: readonly CheckName[] = [
  'content',
  'schema',
  'back-link',
  'signature',
  'sequence',
];

/** Presents a report for other programs. */
export function presentReport(report: AgentReport): PresentedReport {
  const reason = failureOf(report);
  return {
    id: report.globalId,
    isVerified: report.isVerified,
    isActive: report.isActive,
    ...(reason === undefined ? {} : { reason }),
    fields: { ...chainFields(report), ...fileFields(report), liveness: livenessField(report) },
    checks: report.checks,
  };
}

function chainFields(report: AgentReport): Record<string, PresentedField> {
  const { reference, owner, wallet, uri, blockNumber } = report;
  const verifiedBy = [`the chain's node at block ${String(blockNumber)}`];
  return {
    agentId: { value: String(reference.agentId), verifiedBy },
    registry: { value: registryName(reference.registry), verifiedBy },
    owner: { value: owner, verifiedBy },
    wallet: { value: wallet ?? null, verifiedBy },
    uri: { value: uri, verifiedBy: [...verifiedBy, ...vouched(report, ['uri'])] },
  };
}

function fileFields(report: AgentReport): Record<string, PresentedField> {
  const verifiedBy = vouched(report, FILE_CHECKS);
  return Object.fromEntries(
    Object.entries(report.file ?? {}).map(([name, value]) => [name, { value, verifiedBy }]),
  );
}

function livenessField(report: AgentReport): PresentedField {
  return { value: report.liveness.state, verifiedBy: vouched(report, ['liveness']) };
}

function vouched({ checks }: AgentReport, names: readonly CheckName[]): string[] {
  return checks.flatMap(({ name, state, how }) =>
    state === 'passed' && names.includes(name) ? [`${name}: ${how}`] : [],
  );
}
