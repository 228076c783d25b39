import { z } from 'zod';
import { creationRequestSchema } from './creation-request.ts';

/** The kinds of approval that beginnings and ends of agents need. */
export const CREATION_KIND = 'lifecycle-creation';
export const RETIREMENT_KIND = 'lifecycle-retirement';

const json = z.record(z.string(), z.unknown());

/** How an agent is made: to the letter what is approved. */
export const creationPlanSchema = z.object({
  version: z.literal(1),
  /** ElizaOS's id of the agent. */
  agentId: z.string(),
  /** The start that it will be of the agent, 1 and up. */
  generation: z.number().int().positive(),
  request: creationRequestSchema,
  role: z.string(),
  /** Its whole character, as ElizaOS accepted it. */
  character: json,
  /** What is published of it; undefined when it is not registered. */
  publication: json.optional(),
  /** What is deployed; undefined when it runs in a process of the company. */
  hosting: z.unknown().optional(),
});
export type CreationPlan = z.output<typeof creationPlanSchema>;

export const retirementPlanSchema = z.object({
  version: z.literal(1),
  agentId: z.string(),
  generation: z.number(),
  name: z.string(),
  cause: z.string(),
});
export type RetirementPlan = z.output<typeof retirementPlanSchema>;

/** What is asked of the one who approves. */
export function creationSummary({ request, role }: CreationPlan): string {
  const where = request.hosting === 'akash' ? ' on Akash' : '';
  return `${request.from === undefined ? 'Create' : 'Bring back'} the agent ${request.name} (${role})${where}`;
}

export function retirementSummary({ name }: RetirementPlan): string {
  return `Retire the agent ${name}`;
}
