import type { IAgentRuntime } from '@elizaos/core';
import { agentSettings, systemClock, uuidSource } from '@371os/kernel';
import { tasksOf } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { OneProcess } from '../adapters/one-process.ts';
import { selfMeter } from '../adapters/self-meter.ts';
import { TreasuryPurse } from '../adapters/treasury-purse.ts';
import { scalingSettings } from '../scaling-settings.ts';
import type { Database } from '../store/database.ts';
import { ScalingStore } from '../store/scaling-store.ts';
import type { Leadership } from './leadership.ts';
import { Scaler } from './scaler.ts';

/** Puts the scaling of this process together. */
export async function openScaling(
  runtime: IAgentRuntime,
  { database, leadership }: { database: Database; leadership: Leadership },
): Promise<Scaler> {
  const settings = agentSettings(scalingSettings, runtime);
  const tasks = await tasksOf(runtime);
  return new Scaler({
    ...{ leadership, work: tasks, now: systemClock },
    targets: settings.RESILIENCE_SCALING,
    launcher: new OneProcess(selfMeter(runtime, tasks)),
    purse: new TreasuryPurse(await treasuryOf(runtime)),
    store: new ScalingStore(database, uuidSource),
    everyMs: settings.RESILIENCE_SCALING_EVERY_MS,
    pricePico: settings.RESILIENCE_INSTANCE_USD_PER_HOUR,
    isDryRun: settings.RESILIENCE_SCALING_DRY_RUN,
    rule: {
      stabilizationMs: settings.RESILIENCE_SCALING_DOWN_MS,
      cooldownMs: settings.RESILIENCE_SCALING_COOLDOWN_MS,
    },
    log: (problem, error) => {
      runtime.logger.warn({ src: 'resilience:scaling', error }, problem);
    },
  });
}
