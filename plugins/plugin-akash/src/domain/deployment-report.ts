import type { PicoUsd } from '@371os/kernel';
import { workloadOf, type Deployment, type Placement } from './deployment.ts';
import type { HostingComparison } from './hosting-cost.ts';
import { cents, describeAlternatives } from './plan-words.ts';
import type { Runway } from './runway.ts';

/** A deployment with all that can be said of it now. */
export interface DeploymentReport {
  readonly deployment: Deployment;
  /** `akash1...`, of the account that pays. */
  readonly owner: string;
  /** False when the chain has closed it, whatever is written here. */
  readonly isOpen: boolean;
  /** How long its escrow lasts; undefined when nothing is being spent. */
  readonly runway: Runway | undefined;
  /** Leases that have ended, with the chain's reason. */
  readonly lost: readonly { readonly provider: string; readonly reason: number }[];
  /** What a month costs at the leases' prices. */
  readonly monthlyPico: PicoUsd;
  /** What it has cost until now. */
  readonly costPico: PicoUsd;
  /** How many copies of its services run, all leases together; undefined without its SDL. */
  readonly copies: number | undefined;
  /** Undefined without its SDL. */
  readonly comparison: HostingComparison | undefined;
  /** Where the providers' servers are: `https://host:port` by provider, where they are known. */
  readonly hostUris: ReadonlyMap<string, string>;
}

/** A report as the person reads it who may have the deployment changed. */
export function describeReport(report: DeploymentReport): string {
  const { deployment } = report;
  if (deployment.state !== 'ACTIVE') return describeState(deployment, report.costPico);
  return [
    describeWhere(deployment),
    ...deployment.placements.map((placement) => `- Lease: ${leaseOf(report, placement)}`),
    ...describeLost(report),
    `- Cost: $${cents(report.monthlyPico)} a month (at most $${cents(deployment.maximumPico)}); until now $${cents(report.costPico)}.`,
    ...(report.comparison ? describeAlternatives(report.comparison) : []).map(
      (line) => `- ${line}`,
    ),
    ...(deployment.plan ? [] : [`- ${WITHOUT_SDL}`]),
    ...(report.runway ? [`- Paid ahead for ${String(report.runway.days)} days.`] : []),
    `- It does not scale by itself: ${describeCopies(report.copies)}, whatever the load is.`,
    `- Logs: write "logs of ${deployment.id}". Providers' own status: ${describeStatusPages(report)}. There are no metrics and there is no dashboard of it.`,
  ].join('\n');
}

/** What nobody can do with a deployment whose SDL is not known. */
export const WITHOUT_SDL =
  'It was adopted, and nobody here has its SDL: it can be topped up and closed; it cannot be updated, and where its lease is lost it is closed, not placed elsewhere.';

function describeCopies(copies: number | undefined): string {
  if (copies === undefined) return 'what runs stays as it is';
  return copies === 1 ? 'one copy runs' : `${String(copies)} copies run`;
}

/** A deployment in a line. */
export function describeLine({
  deployment,
  isOpen,
  runway,
  costPico,
}: Pick<DeploymentReport, 'deployment' | 'isOpen' | 'runway' | 'costPico'>): string {
  const { id, state, placements } = deployment;
  const where = placements.map(
    ({ region, endpoints }) =>
      `${endpoints.join(', ')}${region === undefined ? '' : ` (${region})`}`,
  );
  const ahead = runway ? `, paid ahead for ${String(runway.days)} days` : '';
  const isLost = state === 'ACTIVE' && !isOpen;
  const words = isLost ? 'closed by the chain' : state.toLowerCase();
  const at = state === 'ACTIVE' ? ` at ${where.join('; ')}` : '';
  return `${id}: ${workloadOf(deployment)}, ${words}${at}${ahead}; cost until now $${cents(costPico)}`;
}

/** A report as JSON for other programs. Links are null where there is no such page. */
export function presentReport(report: DeploymentReport): Record<string, unknown> {
  const { deployment, runway, monthlyPico, costPico, isOpen, hostUris } = report;
  return {
    deploymentId: deployment.id,
    state: deployment.state,
    isOpen,
    dseq: deployment.dseq ?? null,
    leases: deployment.placements.map((placement) => ({
      leaseId: leaseOf(report, placement),
      provider: placement.provider,
      region: placement.region ?? null,
      endpoints: placement.endpoints,
      links: {
        providerStatus: statusPage(hostUris.get(placement.provider)) ?? null,
        ...{ logs: null, metrics: null, dashboard: null },
      },
    })),
    monthlyUsd: cents(monthlyPico),
    costUsd: cents(costPico),
    runwayDays: runway?.days ?? null,
    scalesByItself: false,
  };
}

/** `owner/dseq/gseq/oseq/provider`, as the chain's own tools write it. */
function leaseOf(
  { deployment, owner }: Pick<DeploymentReport, 'deployment' | 'owner'>,
  { gseq, oseq, provider }: Placement,
): string {
  return [owner, deployment.dseq, gseq, oseq, provider].join('/');
}

function describeWhere({ id, dseq = '', placements }: Deployment): string {
  const places = placements.map(
    ({ provider, region, endpoints }) =>
      `${endpoints.join(', ')} at provider ${provider}${region === undefined ? '' : ` in ${region}`}`,
  );
  return `Deployment ${id} (number ${dseq} on chain) runs: ${places.join('; ')}.`;
}

function describeLost({ isOpen, lost }: DeploymentReport): string[] {
  return [
    ...(isOpen ? [] : ['- The chain has closed it: it does not run any more.']),
    ...lost.map(
      ({ provider, reason }) => `- The lease of ${provider} has ended (reason ${String(reason)}).`,
    ),
  ];
}

function describeState(deployment: Deployment, costPico: PicoUsd): string {
  const { id, state, failure } = deployment;
  const images = workloadOf(deployment);
  const words = {
    DEPLOYING: 'is being deployed; nothing answers yet',
    ACTIVE: 'runs',
    CLOSING: 'is being closed',
    CLOSED: 'is closed, and what was not used of its deposit has come back',
    FAILED: 'could not be placed, and what was paid in has come back',
  }[state];
  return `Deployment ${id} (${images}) ${words}. It has cost $${cents(costPico)}.${failure === undefined ? '' : ` ${failure}`}`;
}

function describeStatusPages({ deployment, hostUris }: DeploymentReport): string {
  const pages = deployment.placements.flatMap(
    ({ provider }) => statusPage(hostUris.get(provider)) ?? [],
  );
  return pages.length > 0 ? [...new Set(pages)].join(', ') : 'not known';
}

function statusPage(hostUri: string | undefined): string | undefined {
  return hostUri === undefined ? undefined : new URL('/status', hostUri).href;
}
