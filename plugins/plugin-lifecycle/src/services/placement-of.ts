import { formatUsd } from '@371os/kernel';
import type { AgentPlacement } from '../domain/agent-record.ts';
import type { Place } from '../ports/hosting.ts';

/** A place as it is kept with its agent. What its leases take changes when it moves, so that is not. */
export function placementOf(place: Place): AgentPlacement {
  const { deploymentId, dseq, provider, region, endpoint, monthlyPico } = place;
  return {
    ...{ deploymentId, dseq, provider, endpoint },
    ...(region === undefined ? {} : { region }),
    monthlyUsd: formatUsd(monthlyPico),
  };
}
