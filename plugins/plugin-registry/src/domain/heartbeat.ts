import { z } from 'zod';
import type { AgentReference } from './agent-id.ts';
import type { Check, Liveness } from './agent-report.ts';
import type { TypedData } from './registration-file.ts';

/** A signed word of an agent that it is up until then, or that it leaves. Free of gas. */
export const heartbeatSchema = z.object({
  globalId: z.string().max(256),
  /** Seconds since 1970. */
  issuedAt: z.number().int().positive().max(253_402_300_799),
  /** That long after it was issued; 0 when the agent leaves. */
  leaseSeconds: z.number().int().min(0).max(604_800),
  signer: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  signature: z.string().regex(/^0x(?:[0-9a-f]{2}){1,4096}$/),
});
export type Heartbeat = z.output<typeof heartbeatSchema>;

// What clocks may differ by.
const SKEW_SECONDS = 60;

/** What is signed of a heartbeat; it cannot be taken for another agent's, registry's or chain's. */
export function typedHeartbeat(
  { agentId, registry }: AgentReference,
  { issuedAt, leaseSeconds }: Pick<Heartbeat, 'issuedAt' | 'leaseSeconds'>,
): TypedData {
  return {
    domain: {
      name: '371OS agent heartbeat',
      version: '1',
      chainId: registry.chainId,
      verifyingContract: registry.address,
    },
    types: {
      AgentHeartbeat: [
        { name: 'agentId', type: 'uint256' },
        { name: 'issuedAt', type: 'uint64' },
        { name: 'leaseSeconds', type: 'uint64' },
      ],
    },
    message: { agentId, issuedAt, leaseSeconds },
  };
}

/** Whether a heartbeat is of a time that may be believed. */
export function isTimely({ issuedAt }: Heartbeat, nowMs: number): boolean {
  return issuedAt <= nowMs / 1_000 + SKEW_SECONDS;
}

/** What a verified heartbeat says now. */
export function livenessOf(beat: Heartbeat | undefined, nowMs: number): Liveness {
  if (!beat) return { state: 'silent' };
  const untilMs = (beat.issuedAt + beat.leaseSeconds) * 1_000;
  if (beat.leaseSeconds === 0) return { state: 'left', untilMs };
  return { state: untilMs > nowMs ? 'alive' : 'silent', untilMs };
}

/** The same as a check of a report. An agent that does not promise to be up breaks no promise. */
export function checkLiveness({ state, untilMs }: Liveness): Check {
  const name = 'liveness';
  const at = untilMs === undefined ? '' : ` ${new Date(untilMs).toISOString()}`;
  switch (state) {
    case 'alive':
      return { name, state: 'passed', how: `signed sign of life, good until${at}` };
    case 'left':
      return { name, state: 'absent', how: `it left at${at} by its own word` };
    case 'silent':
      return { name, state: 'absent', how: `no sign of life${at === '' ? '' : ` since${at}`}` };
    case 'unvouched':
      return { name, state: 'absent', how: 'its file promises no signs of life' };
  }
}
