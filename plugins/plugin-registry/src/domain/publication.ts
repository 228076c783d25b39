import { z } from 'zod';
import { globalIdOf, type AgentReference } from './agent-id.ts';
import { profileSchema, type AgentProfile } from './registration-file.ts';

/** The kind of approval that a publication needs. */
export const PUBLICATION_KIND = 'registry-publication';

const digits = z.string().regex(/^\d{1,78}$/);

/** What is published of an agent: to the letter what was approved. */
export const publicationPlanSchema = z.object({
  version: z.literal(1),
  work: z.enum(['register', 'update']),
  chainId: z.number().int().positive(),
  registry: z.string(),
  did: z.string(),
  /** The agent's name in its company. */
  name: z.string(),
  profile: profileSchema,
  /** Void unless this is the sequence number of what was published last, since it was made of that. */
  follows: z.number().int().positive().optional(),
  /** What gas may cost, as it was quoted. */
  worstWei: digits,
});
export type PublicationPlan = z.output<typeof publicationPlanSchema>;

/** What stands on chain of an agent, confirmed. */
export const publishedSchema = z.object({
  /** The publication that did it. */
  publicationId: z.string(),
  agentId: digits.transform(BigInt),
  owner: z.string(),
  sequence: z.number(),
  cid: z.string(),
  transactionHash: z.string(),
  blockNumber: z.number(),
  profile: profileSchema,
});
export type Published = z.output<typeof publishedSchema>;

/** An agent of this company in a registry. */
export interface CompanyAgent {
  readonly chainId: number;
  readonly registry: string;
  readonly did: string;
  readonly name: string;
  readonly owner: string;
  /** Undefined before it is registered. */
  readonly published: Published | undefined;
}

export const PUBLICATION_STATES = ['PUBLISHING', 'PUBLISHED', 'FAILED'] as const;
export type PublicationState = (typeof PUBLICATION_STATES)[number];

/** Something that was approved to be published; the id is that of its approval. */
export interface Publication {
  readonly id: string;
  readonly state: PublicationState;
  readonly plan: PublicationPlan;
  readonly requesterId: string;
  readonly roomId: string;
  readonly published: Published | undefined;
  readonly failure: string | undefined;
}

/** Whether something else was published than what a publication was made of. */
export function isOvertaken(
  { id, plan: { follows } }: Pick<Publication, 'id' | 'plan'>,
  published: Published | undefined,
): boolean {
  if (follows === undefined || published?.publicationId === id) return false;
  return published?.sequence !== follows;
}

/** Where an agent is in the world. */
export function referenceOf({
  chainId,
  registry,
  agentId,
}: {
  chainId: number;
  registry: string;
  agentId: bigint;
}): AgentReference {
  return { agentId, registry: { chainId, address: registry } };
}

/** What is asked of the one who approves, in words. */
export function summaryOf({ work, name, profile, chainId, registry }: PublicationPlan): string {
  const where = `eip155:${String(chainId)}:${registry}`;
  return work === 'register'
    ? `Register agent ${name} in the identity registry ${where}`
    : `Publish a changed registration of agent ${name} (status ${profile.status}) in ${where}`;
}

/** What became of a publication, in words. */
export function publishedWords(
  { work, name, profile, chainId, registry }: PublicationPlan,
  published: Published,
  explorerUrl: string | undefined,
): string {
  const { agentId, cid, transactionHash, blockNumber, sequence } = published;
  const id = globalIdOf(referenceOf({ chainId, registry, agentId }));
  const what =
    work === 'register'
      ? `${name} is registered as agent ${String(agentId)}`
      : `The registration of ${name} (agent ${String(agentId)}) is changed: status ${profile.status}`;
  return [
    `${what}.`,
    `- id: ${id}`,
    `- registration file: ipfs://${cid} (number ${String(sequence)})`,
    `- transaction: ${transactionHash} in block ${String(blockNumber)}`,
    ...(explorerUrl === undefined
      ? []
      : [`- ${registryUrlOf({ registry, agentId }, explorerUrl)}`]),
  ].join('\n');
}

/** Where an explorer shows an agent's token. */
export function registryUrlOf(
  { registry, agentId }: { registry: string; agentId: bigint },
  explorerUrl: string,
): string {
  return `${explorerUrl.replace(/\/+$/, '')}/token/${registry}/instance/${String(agentId)}`;
}

/** Texts that describe a profile to the one who approves it. */
export function describeProfile({
  capabilities,
  economics,
  agentType,
  status,
}: AgentProfile): string[] {
  const tools = capabilities.map(({ name }) => name).join(', ');
  const terms =
    economics &&
    `${economics.basePrice} ${economics.currency} (${economics.paymentModel}${economics.escrowRequired ? ', by escrow' : ''})`;
  return [
    `- type ${agentType}, status ${status}`,
    `- capabilities: ${tools || 'none'}`,
    ...(terms === undefined ? [] : [`- price: ${terms}`]),
  ];
}
