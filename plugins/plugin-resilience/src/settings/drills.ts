import { z } from 'zod';
import { drillSchedule } from '../domain/drill-schedule.ts';

/** Settings of drills. */
export const drillSettings = z.object({
  /**
   * Drills that come by themselves, as JSON: `[{"kind": "kill", "target": "CFO Maya", "everyDays": 7,
   * "at": "03:00", "approvedBy": "owner"}]`, with the time in UTC. It is the owner's standing approval.
   */
  RESILIENCE_DRILLS: drillSchedule.prefault('[]'),
});

export type DrillSettings = Readonly<z.output<typeof drillSettings>>;
