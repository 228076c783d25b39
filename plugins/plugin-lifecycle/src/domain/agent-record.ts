import { z } from 'zod';
import { AGENT_STATES, isOver } from './agent-state.ts';
import { creationPlanSchema } from './creation-plan.ts';

/** What the identity registry has of an agent. */
export const registrationSchema = z.object({
  /** Number in the registry, digits. */
  number: z.string(),
  /** `eip155:<chain>:<registry>/<number>` */
  globalId: z.string(),
  cid: z.string(),
  transactionHash: z.string(),
  blockNumber: z.number(),
  status: z.enum(['active', 'retired']),
});
export type AgentRegistration = z.output<typeof registrationSchema>;

/** Where an agent that is hosted elsewhere answers. */
export const placementSchema = z.object({
  deploymentId: z.string(),
  /** Number of the deployment on chain. */
  dseq: z.string(),
  provider: z.string(),
  region: z.string().optional(),
  endpoint: z.string(),
  /** Decimal US dollars a month, as its leases cost. */
  monthlyUsd: z.string(),
});
export type AgentPlacement = z.output<typeof placementSchema>;

/** An agent and its life so far. Times are milliseconds since 1970. */
export const agentRecordSchema = z.object({
  /** ElizaOS's id of it. */
  id: z.string(),
  name: z.string(),
  role: z.string(),
  /** `created` here, or `launched` from a character file by its host. */
  origin: z.enum(['created', 'launched']),
  hosting: z.enum(['in-process', 'akash']),
  state: z.enum(AGENT_STATES),
  /** Goes up with each start: the fencing token. */
  generation: z.number(),
  /** What it was created by; undefined for a launched one. */
  plan: creationPlanSchema.optional(),
  registration: registrationSchema.optional(),
  placement: placementSchema.optional(),
  /** The process that runs it. */
  host: z.string().optional(),
  requesterId: z.string(),
  roomId: z.string(),
  /** What is being done, in words. */
  progress: z.string(),
  /** Whether it starts again with its host once it is stopped. */
  resumes: z.boolean(),
  /** Why somebody wants it ended. */
  retireWish: z.string().optional(),
  notice: z.string().optional(),
  noticedAtMs: z.number().optional(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});
export type AgentRecord = z.output<typeof agentRecordSchema>;

/** Whether its life has ended, unless somebody brings it back. */
export function hasLeft({ state, resumes }: Pick<AgentRecord, 'state' | 'resumes'>): boolean {
  return isOver(state) && !resumes;
}

/** Whether it works, or is to again: it was made, has not ended, and nobody wants it ended. */
export function goesOn({ state, retireWish }: Pick<AgentRecord, 'state' | 'retireWish'>): boolean {
  return retireWish === undefined && state !== 'creating' && !isOver(state);
}

/** One transition in an agent's journal. */
export interface Transition {
  readonly number: number;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly generation: number;
  readonly atMs: number;
}
