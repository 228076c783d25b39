import { integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of the dashboard. */
export const dashboardSettings = z.object({
  /** How long a browser stays signed in, in hours. */
  DASHBOARD_SESSION_HOURS: integerSetting(1, 168).default(12),
});

export type DashboardSettings = Readonly<z.output<typeof dashboardSettings>>;
