import {
  canonicalizeAgentCard,
  generateAgentCardSignature,
  AgentCard,
  type AgentSkill,
} from '@a2a-js/sdk';
import { createHash } from 'node:crypto';
import type { Clock } from '@371os/kernel';
import { HAND_ON } from '../../domain/a2a/hand-on.ts';
import { agentSlug } from '../../domain/a2a/agent-slug.ts';
import { CARD_OWNER, type CardOwner } from '../../domain/a2a/card-owner.ts';
import type { CardKey } from './card-key.ts';

/** An agent as its card shows it. */
export interface ShownAgent {
  readonly name: string;
  readonly slug: string;
  readonly role: string;
  readonly description: string;
  readonly capabilities: readonly string[];
  readonly examples: readonly string[];
}

export interface AgentCardsInit {
  /** Where the agents are: their slugs follow. */
  readonly baseUrl: string;
  readonly organisation: string;
  readonly version: string;
  readonly key: () => Promise<CardKey>;
  /** Whose wallet vouches for the key; undefined when there is none. */
  readonly owner: (key: CardKey) => Promise<CardOwner | undefined>;
  readonly clock: Clock;
}

/** A card as it is served. */
export interface ServedCard {
  readonly card: AgentCard;
  /** JSON. */
  readonly body: string;
  readonly etag: string;
  /** When it last changed, in milliseconds since 1970. */
  readonly changedAtMs: number;
}

const MOST_SKILLS = 24;
const MOST_EXAMPLES = 4;
const INPUT = ['text/plain', 'application/json'];
const OUTPUT = ['text/plain'];

/** Makes and signs the cards of agents; one that has not changed stays as it was signed. */
export class AgentCards {
  readonly #init: AgentCardsInit;
  readonly #served = new Map<string, { readonly content: string; readonly card: ServedCard }>();

  constructor(init: AgentCardsInit) {
    this.#init = init;
  }

  async cardOf(agent: ShownAgent): Promise<ServedCard> {
    const unsigned = this.#compose(agent);
    const key = await this.#init.key();
    const owner = await this.#init.owner(key);
    const content = JSON.stringify([canonicalizeAgentCard(unsigned), key.kid, owner]);
    const served = this.#served.get(agent.slug);
    if (served?.content === content) return served.card;
    const card = await this.#sign(unsigned, key, owner);
    const made = {
      ...{ card, body: JSON.stringify(AgentCard.toJSON(card)) },
      etag: `"${createHash('sha256').update(content).digest('base64url')}"`,
      changedAtMs: this.#init.clock(),
    };
    this.#served.set(agent.slug, { content, card: made });
    return made;
  }

  /** The keys that cards are signed with (RFC 7517). */
  async keys(): Promise<{ keys: CardKey['publicJwk'][] }> {
    return { keys: [(await this.#init.key()).publicJwk] };
  }

  async #sign(card: AgentCard, key: CardKey, owner: CardOwner | undefined): Promise<AgentCard> {
    const jku = `${this.#init.baseUrl}/.well-known/jwks.json`;
    const sign = generateAgentCardSignature(
      key.privateJwk,
      { alg: 'ES256', kid: key.kid, typ: 'JOSE', jku },
      owner && { [CARD_OWNER]: owner },
    );
    return sign(card);
  }

  #compose({ name, slug, description, role, capabilities, examples }: ShownAgent): AgentCard {
    const { baseUrl, organisation, version } = this.#init;
    const url = `${baseUrl}/${slug}`;
    const binding = (protocolBinding: string, at: string): object => ({
      ...{ url: at, protocolBinding, protocolVersion: '1.0' },
    });
    return AgentCard.fromJSON({
      ...{ name, description, version },
      supportedInterfaces: [binding('JSONRPC', url), binding('HTTP+JSON', `${url}/rest`)],
      provider: { organization: organisation, url: new URL(baseUrl).origin },
      capabilities: {
        ...{ streaming: true, pushNotifications: true },
        extensions: [
          { uri: HAND_ON, description: 'How often a request was handed on, and from where.' },
        ],
      },
      securitySchemes: {
        bearer: { httpAuthSecurityScheme: { scheme: 'Bearer', bearerFormat: 'JWT' } },
      },
      securityRequirements: [{ schemes: { bearer: { list: [] } } }],
      ...{ defaultInputModes: INPUT, defaultOutputModes: OUTPUT },
      skills: skillsOf(role, capabilities, examples),
    });
  }
}

function skillsOf(
  role: string,
  capabilities: readonly string[],
  examples: readonly string[],
): Partial<AgentSkill>[] {
  const named = capabilities.slice(0, MOST_SKILLS);
  return (named.length === 0 ? [role] : named).map((name, index) => ({
    id: agentSlug(name) || `skill-${String(index + 1)}`,
    ...{ name, description: name, tags: [role] },
    // They are the agent's, not one skill's.
    examples: index === 0 ? examples.slice(0, MOST_EXAMPLES) : [],
  }));
}
