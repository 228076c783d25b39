import { z } from 'zod';
import type { CreationRequest } from './creation-request.ts';

/** What agents of a type have in common. */
export const templateSchema = z.object({
  /** The role that the router knows it by. */
  role: z.string(),
  /** What it is called in a sentence, such as "chief marketing officer". */
  title: z.string(),
  /** What it does, in a sentence of its prompt. */
  work: z.string(),
  topics: z.array(z.string()).min(1),
  /** Requests that it takes, in people's words. */
  examples: z.array(z.string()).min(1),
  /** Plugins beside those that every agent has. */
  plugins: z.array(z.string()).default([]),
});
export type CharacterTemplate = z.output<typeof templateSchema>;

/** The templates by type; `agent` is for a type that has none. */
export const templatesSchema = z.object({
  plugins: z.array(z.string()).min(1),
  types: z.record(z.string(), templateSchema),
  agent: templateSchema.omit({ role: true }),
});
export type CharacterTemplates = z.output<typeof templatesSchema>;

/** The template of a type, by its role or its own name. */
export function templateFor(
  { types, agent }: CharacterTemplates,
  agentType: string | undefined,
): CharacterTemplate {
  const wanted = agentType?.toUpperCase() ?? '';
  const known = Object.values(types).find(({ role }) => role === wanted);
  return known ?? { ...agent, role: agentType ?? 'AGENT' };
}

/** The roles that have a template. */
export function rolesOf({ types }: CharacterTemplates): string[] {
  return Object.values(types).map(({ role }) => role);
}

/**
 * The character of a new agent: the template's, with its own name, capabilities and price, under what
 * the person gave. ElizaOS judges it afterwards.
 */
export function composeCharacter(
  agentId: string,
  request: CreationRequest,
  templates: CharacterTemplates,
): Record<string, unknown> {
  const template = templateFor(templates, request.agentType);
  const { name, character = {} } = request;
  const own = character['settings'];
  return {
    ...textsOf(name, request, template),
    plugins: [...templates.plugins, ...template.plugins],
    ...character,
    id: agentId,
    name,
    settings: {
      ...settingsOf(request, template),
      ...(typeof own === 'object' ? own : {}),
      ...request.settings,
    },
  };
}

function textsOf(
  name: string,
  { capabilities }: CreationRequest,
  { title, work, topics }: CharacterTemplate,
): Record<string, unknown> {
  const skills = capabilities.map(inWords);
  const can = skills.length > 0 ? ` You are good at ${skills.join(', ')}.` : '';
  return {
    username: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    system: `You are ${name}, ${title}. ${work}${can} Deliver work that can be used as it is, say what you do not know, and claim nothing that you were not told.`,
    bio: [`${name} is ${title}.`, ...skills.map((skill) => `Takes work on ${skill}.`)],
    topics: [...skills, ...topics],
    style: { all: ['Begin with the answer.', 'Say what it rests on.'] },
  };
}

function settingsOf(
  { capabilities, economicTerms }: CreationRequest,
  { role, topics, examples }: CharacterTemplate,
): Record<string, unknown> {
  const offered = capabilities.length > 0 ? capabilities : topics;
  const isUsd = economicTerms?.currency === 'USD' || economicTerms?.currency === 'USDC';
  return {
    routing: {
      role,
      examples: [...examples, ...capabilities.map((one) => `Help us with ${inWords(one)}`)],
      capabilities: offered,
      ...(economicTerms && isUsd ? { usdPerTask: economicTerms.rate } : {}),
    },
    registration: {
      agentType: role,
      capabilities: offered,
      economics: {
        paymentModel: 'per-call',
        basePrice: economicTerms?.rate ?? '0',
        currency: economicTerms?.currency ?? 'USD',
      },
    },
  };
}

function inWords(capability: string): string {
  return capability.replaceAll(/[_-]+/g, ' ');
}
