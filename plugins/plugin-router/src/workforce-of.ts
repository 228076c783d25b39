import type { IAgentRuntime } from '@elizaos/core';
import { readSettings, runtimeSettings } from '@371os/kernel';
import { gatewayOf } from '@371os/plugin-gateway';
import { tasksOf } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { RuntimeAgents } from './adapters/runtime-agents.ts';
import { SqlDecisionStore, type SqlExecutor } from './adapters/sql-decision-store.ts';
import { agentClaims } from './services/agent-claims.ts';
import { CompanyDirectory } from './services/company-directory.ts';
import { goOnWithModels } from './services/go-on-with-models.ts';
import { Workforce } from './services/workforce.ts';
import { routerSettings } from './settings.ts';

/** Agents at work in a process without a front desk. */
export interface OpenWorkforce {
  /** Takes nothing new, and returns when what runs has ended or `drainMs` are over. */
  close(drainMs?: number): Promise<void>;
}

/**
 * Has the agents of a process without a front desk do their tasks; whoever asked is told where they
 * asked. The router's tables must be there.
 * @param runtime any agent of the process
 */
export async function openWorkforce(runtime: IAgentRuntime): Promise<OpenWorkforce> {
  const { ROUTER_TASK_TIMEOUT_MS: timeoutMs } = readSettings(
    routerSettings,
    runtimeSettings(runtime),
  );
  const gateway = await gatewayOf(runtime);
  const treasury = await treasuryOf(runtime);
  const tasks = await tasksOf(runtime);
  const directory = new CompanyDirectory(tasks, agentClaims());
  directory.join(new RuntimeAgents(runtime));
  const log = (problem: string, error: unknown): void => {
    runtime.logger.error({ src: 'router', error }, problem);
  };
  const workforce = new Workforce({
    tasks,
    decisions: new SqlDecisionStore((runtime as { db: SqlExecutor }).db),
    directory,
    costOf: (taskId) => treasury.taskCost(taskId),
    hasLanguageModel: (where) => gateway.hasLanguageModel(where),
    timeoutMs,
    log,
  });
  await workforce.open();
  const stopListening = goOnWithModels({ gateway, tasks, log });
  return {
    close: async (drainMs) => {
      stopListening();
      await workforce.close(drainMs);
      directory.close();
    },
  };
}
