import { setTimeout as pause } from 'node:timers/promises';
import type { IAgentRuntime, Provider, ProviderResult } from '@elizaos/core';
import { hasRole, principalOf } from '@371os/kernel';
import { describeLine, presentReport, type DeploymentReport } from '../domain/deployment-report.ts';
import { AKASH_SERVICE, type AkashService } from '../services/akash-service.ts';

const FRESH_MS = 30_000;
const LONGEST_WAIT_MS = 1_000;

interface Seen {
  readonly atMs: number;
  /** Which deployments there were, and in which states. */
  readonly states: string;
  readonly reports: Promise<readonly DeploymentReport[]>;
}

const seen = new WeakMap<IAgentRuntime, Seen>();

/** Puts what is deployed into the prompts of those who may know it. */
export const deploymentsProvider: Provider = {
  name: 'DEPLOYMENTS',
  description: 'What is deployed on Akash: where, for how long it is paid, what it has cost.',
  get: async (runtime, message): Promise<ProviderResult> => {
    const akash = runtime.getService<AkashService>(AKASH_SERVICE);
    if (!akash || !hasRole(principalOf(runtime, message), 'admin')) return {};
    try {
      if (!akash.network) return {};
      // A chain that is slow must not hold the answer up; the next message has what comes of it.
      const reports = await Promise.race([
        recentReports(runtime, akash),
        pause(LONGEST_WAIT_MS, undefined, { ref: false }),
      ]);
      if (!reports || reports.length === 0) return {};
      return {
        text: `# Deployments on Akash\n${reports.map(describeLine).join('\n')}`,
        data: { deployments: reports.map(presentReport) },
      };
    } catch (error) {
      // A provider that throws would cost the person the answer.
      runtime.logger.warn({ src: 'akash:deployments', error }, 'deployments are not known');
      return {};
    }
  },
};

async function recentReports(
  runtime: IAgentRuntime,
  akash: AkashService,
): Promise<readonly DeploymentReport[]> {
  const desk = await akash.desk();
  const all = await desk.deployments.list();
  const states = all.map(({ id, state, dseq }) => [id, state, dseq].join('/')).join();
  const recent = seen.get(runtime);
  const nowMs = Date.now();
  if (recent?.states === states && nowMs - recent.atMs < FRESH_MS) return recent.reports;
  const reports = desk.reports.all({ isOpenOnly: true });
  // It may fail after nobody waits for it any more.
  reports.catch(() => seen.delete(runtime));
  seen.set(runtime, { atMs: nowMs, states, reports });
  return reports;
}
