import type { IAgentRuntime } from '@elizaos/core';
import type { PanelSource } from '../ports/panel-source.ts';
import { agentsPanel } from './agents-panel.ts';
import { approvalsPanel } from './approvals-panel.ts';
import { budgetPanel } from './budget-panel.ts';
import { decisionsPanel } from './decisions-panel.ts';
import { deploymentsPanel } from './deployments-panel.ts';
import { queuePanel } from './queue-panel.ts';
import { resiliencePanel } from './resilience-panel.ts';

/** All panels, by what the agents of this process know. */
export function companyPanels(runtime: IAgentRuntime): PanelSource[] {
  return [
    approvalsPanel(runtime),
    agentsPanel(runtime),
    queuePanel(runtime),
    budgetPanel(runtime),
    decisionsPanel(runtime),
    deploymentsPanel(runtime),
    resiliencePanel(runtime),
  ];
}
