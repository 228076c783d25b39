import { POLITE_BEGINNING, splitList } from '@371os/kernel';

/** What a message asks of an agent's life; the fields are those of the action. */
export interface LifeRequest {
  readonly kind: 'create' | 'status' | 'retire' | 'restart';
  readonly fields: Readonly<Record<string, string>>;
}

const LONGEST = 4_000;
const NAME = String.raw`["“']?(?<name>\p{L}[\p{L}\d._-]*(?:\s+\p{L}[\p{L}\d._-]*)*)["”']?`;
const CREATE = new RegExp(
  String.raw`${POLITE_BEGINNING}(?:create|make|hire|launch|spawn|set up|start)\s+(?:me\s+|us\s+)?(?:an?|the|another|a new|one more)?\s*(?:new\s+)?(?<type>[A-Za-z_]{2,32}\s+)?agent\s+(?:called\s+|named\s+)?${NAME}`,
  'iu',
);
const BRING_BACK = new RegExp(
  String.raw`${POLITE_BEGINNING}(?:bring\s+back|restore|revive)\s+(?:the\s+)?agent\s+${NAME}`,
  'iu',
);
const TYPE = /\b(?:of\s+(?:the\s+)?type|as\s+(?:an?\s+|the\s+)?)\s*(?<type>[A-Za-z]\w{1,31})\b/i;
const CAPABILITIES =
  /\b(?:with\s+(?:the\s+)?capabilit(?:y|ies)\s*(?:of|:)?|who\s+can|that\s+can)\s+(?<list>[\w ./-]+?(?:\s*(?:,|\band\b|&)\s*[\w./-]+(?: [\w./-]+)*?)*)(?=\s+(?:at|for|on|hosted|of|as|in)\b|[.;!?]|$)/i;
const PRICE =
  /\b(?:at|for)\s+\$?(?<rate>\d{1,7}(?:\.\d{1,12})?)\s*(?<currency>USDC?|AKT|ETH|dollars?)?\b/i;
const ON_AKASH = /\bon\s+akash\b/i;
const VERBS = [
  ['retire', verb(String.raw`retire|end|shut\s+down|terminate|decommission|dismiss`)],
  ['restart', verb(String.raw`restart|reboot|start\s+again`)],
] as const;
const STATUS = new RegExp(
  String.raw`${POLITE_BEGINNING}(?:how\s+is|what\s+is\s+the\s+status\s+of|status\s+of|show(?:\s+me)?(?:\s+the\s+status\s+of)?)\s+(?:the\s+)?agent\s+${NAME}`,
  'iu',
);

/** What a message asks of an agent's life, or undefined when it is about none. */
export function readLifeRequest(text: string): LifeRequest | undefined {
  if (text.length > LONGEST) return undefined;
  return readCreation(text) ?? readStatus(text) ?? readChange(text);
}

function readCreation(text: string): LifeRequest | undefined {
  const back = nameIn(BRING_BACK.exec(text));
  if (back !== undefined) return { kind: 'create', fields: { name: back, from: back } };
  const match = CREATE.exec(text);
  const name = nameIn(match);
  if (name === undefined) return undefined;
  const type = TYPE.exec(text)?.groups?.['type'] ?? match?.groups?.['type']?.trim();
  const capabilities = CAPABILITIES.exec(text)?.groups?.['list'];
  const { rate, currency } = PRICE.exec(text)?.groups ?? {};
  return {
    kind: 'create',
    fields: {
      name,
      ...(type === undefined ? {} : { agentType: type }),
      ...(capabilities === undefined ? {} : { capabilities: splitList(capabilities).join(', ') }),
      ...(rate === undefined ? {} : { rate, currency: currencyOf(currency) }),
      ...(ON_AKASH.test(text) ? { hosting: 'akash' } : {}),
    },
  };
}

function readStatus(text: string): LifeRequest | undefined {
  const name = nameIn(STATUS.exec(text));
  return name === undefined ? undefined : { kind: 'status', fields: { name } };
}

function readChange(text: string): LifeRequest | undefined {
  for (const [kind, pattern] of VERBS) {
    const name = nameIn(pattern.exec(text));
    if (name !== undefined) return { kind, fields: { name } };
  }
  return undefined;
}

const NO_NAME = /^(?:that|which|who|for|to|with|on|of|as|in|and|is|are|so|please)$/i;

// A name goes on as long as its words begin with capitals, as in "CFO Maya".
function nameIn(match: RegExpExecArray | null): string | undefined {
  const [first, ...others] = match?.groups?.['name']?.split(/\s+/) ?? [];
  if (first === undefined || NO_NAME.test(first)) return undefined;
  const end = others.findIndex((word) => !/^\p{Lu}/u.test(word));
  return [first, ...(end < 0 ? others : others.slice(0, end))].join(' ');
}

function currencyOf(word: string | undefined): string {
  return word === undefined || /^dollar/i.test(word) ? 'USD' : word.toUpperCase();
}

function verb(words: string): RegExp {
  return new RegExp(String.raw`${POLITE_BEGINNING}(?:${words})\s+(?:the\s+)?agent\s+${NAME}`, 'iu');
}
