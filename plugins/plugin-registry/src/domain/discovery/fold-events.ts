import type { Feedback } from '../../domain/reputation/aggregate-feedback.ts';

/** What happened to one agent, as the index keeps it; amounts are decimal digits. */
export type AgentEvent =
  | { readonly kind: 'registered'; readonly uri: string; readonly owner: string }
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'transfer'; readonly to: string }
  | { readonly kind: 'metadata'; readonly key: string; readonly value: string }
  | {
      readonly kind: 'feedback';
      readonly client: string;
      readonly index: string;
      readonly value: string;
      readonly decimals: number;
      readonly tag: string;
    }
  | { readonly kind: 'revoked'; readonly client: string; readonly index: string };

/** What the chain says of an agent. */
export interface ChainRecord {
  readonly owner: string;
  readonly uri: string;
  /** `0x...` by key. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly feedback: readonly Feedback[];
}

const NOBODY = /^0x0{40}$/;

/**
 * What an agent's events, in their order, come to; undefined when it is not registered (any more).
 */
export function foldEvents(events: Iterable<AgentEvent>): ChainRecord | undefined {
  const metadata = new Map<string, string>();
  const feedback = new Map<string, Feedback>();
  let owner: string | undefined;
  let uri: string | undefined;
  for (const event of events) {
    switch (event.kind) {
      case 'registered':
        ({ uri, owner } = event);
        break;
      case 'uri':
        ({ uri } = event);
        break;
      case 'transfer':
        owner = event.to;
        break;
      case 'metadata':
        metadata.set(event.key, event.value);
        break;
      case 'feedback':
        feedback.set(`${event.client}/${event.index}`, feedbackOf(event));
        break;
      case 'revoked':
        revoke(feedback, `${event.client}/${event.index}`);
    }
  }
  if (owner === undefined || uri === undefined || NOBODY.test(owner)) return undefined;
  const fields = Object.fromEntries(metadata);
  return { owner, uri, metadata: fields, feedback: [...feedback.values()] };
}

function feedbackOf(event: AgentEvent & { kind: 'feedback' }): Feedback {
  const { client, value, decimals, tag } = event;
  return { client, value: BigInt(value), decimals, tag, isRevoked: false };
}

function revoke(feedback: Map<string, Feedback>, key: string): void {
  const given = feedback.get(key);
  if (given) feedback.set(key, { ...given, isRevoked: true });
}
