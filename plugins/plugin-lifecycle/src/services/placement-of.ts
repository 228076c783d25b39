import { formatUsd } from '@371os/kernel';
import type { AgentPlacement } from '../domain/agent-record.ts';
import type { Place } from '../ports/hosting.ts';

/** A place as it is kept with its agent. */
export function placementOf({ monthlyPico, region, ...place }: Place): AgentPlacement {
  return {
    ...place,
    ...(region === undefined ? {} : { region }),
    monthlyUsd: formatUsd(monthlyPico),
  };
}
