import type { IAgentRuntime } from '@elizaos/core';
import type * as akashPlugin from '@371os/plugin-akash';
import type { AkashService, DeploymentReport, HostingComparison } from '@371os/plugin-akash';
import type { DeploymentLine, ListPriceLine } from '../domain/panels.ts';
import type { PanelSource } from '../ports/panel-source.ts';
import { panelOf } from './colleagues.ts';

/** What runs on Akash, how long it is paid for, and what it would cost elsewhere. */
export function deploymentsPanel(runtime: IAgentRuntime): PanelSource<'deployments'> {
  return panelOf<'deployments', AkashService>({
    ...{ name: 'deployments', everyMs: 10_000, runtime },
    ...{ service: 'akash', plugin: '@371os/plugin-akash' },
    read: async (akash) => {
      const words = await import('@371os/plugin-akash');
      const reports = await (await akash.desk()).reports.all({ isOpenOnly: true });
      const deployments = reports.map((report) => lineOf(report, words));
      return { network: akash.network?.name ?? '', deployments };
    },
  });
}

type Words = Pick<typeof akashPlugin, 'cents' | 'workloadOf'>;

function lineOf(report: DeploymentReport, { cents, workloadOf }: Words): DeploymentLine {
  const { deployment, isOpen, runway, comparison } = report;
  const isLost = deployment.state === 'ACTIVE' && !isOpen;
  return {
    id: deployment.id,
    workload: workloadOf(deployment),
    state: isLost ? 'CLOSED BY THE CHAIN' : deployment.state,
    dseq: deployment.dseq ?? null,
    places: deployment.placements.map(({ provider, region, endpoints }) => ({
      ...{ provider, region: region ?? null, endpoints },
    })),
    monthlyUsd: cents(report.monthlyPico),
    maximumUsd: cents(deployment.maximumPico),
    costUsd: cents(report.costPico),
    runwayDays: runway?.days ?? null,
    alternatives: comparison ? listPrices(comparison, cents) : [],
  };
}

function listPrices(
  { containers, server }: HostingComparison,
  cents: Words['cents'],
): ListPriceLine[] {
  return [...containers, ...(server ? [server] : [])].map((one) => ({
    ...{ name: one.name, date: one.date, source: one.source },
    monthlyUsd: cents(one.monthlyPico),
    savingPercent: one.savingPermille.least / 10,
  }));
}
