import { AGENT_STATUSES, type AgentProfile } from '@371os/plugin-registry';
import { z } from 'zod';
import type { AgentPlacement } from '../domain/agent-record.ts';

// What a registration says of an agent that works nowhere: what it was before stands beside it.
const asleep = z.looseObject({ asleep: z.literal(true), statusAwake: z.enum(AGENT_STATUSES) });

/** What is published of an agent that answers at a place. Repeated it changes nothing. */
export function answeringAt(
  profile: AgentProfile,
  { endpoint, dseq, provider, region }: AgentPlacement,
): AgentProfile {
  const slept = asleep.safeParse(profile.deployment);
  // Somebody may have given it another status meanwhile, which counts.
  const wakes = slept.success && profile.status === 'paused';
  return {
    ...profile,
    status: wakes ? slept.data.statusAwake : profile.status,
    services: [{ name: 'web', endpoint }],
    deployment: { network: 'akash', dseq, provider, ...(region ? { region } : {}) },
  };
}

/** What is published of one that has no place now, and comes back when it is needed; likewise. */
export function answeringNowhere(profile: AgentProfile): AgentProfile {
  if (asleep.safeParse(profile.deployment).success) return { ...profile, services: [] };
  const { status } = profile;
  return {
    ...profile,
    status: status === 'active' ? 'paused' : status,
    services: [],
    deployment: { network: 'akash', asleep: true, statusAwake: status },
  };
}
