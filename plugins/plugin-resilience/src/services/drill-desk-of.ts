import type { IAgentRuntime } from '@elizaos/core';
import { treasuryOf } from '@371os/plugin-treasury';
import { DrillDesk } from './drill-desk.ts';
import { resilienceOf } from './resilience-service.ts';

/** Where the people of an agent ask for drills. @throws ResilienceMissingError, TreasuryMissingError */
export async function drillDeskOf(runtime: IAgentRuntime): Promise<DrillDesk> {
  const [engine, treasury] = await Promise.all([resilienceOf(runtime), treasuryOf(runtime)]);
  return new DrillDesk({ drills: engine.drills, approvals: treasury.approvals });
}
