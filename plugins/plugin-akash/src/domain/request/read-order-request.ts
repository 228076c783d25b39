import { POLITE_BEGINNING } from '@371os/kernel';
import { readBudget } from './read-budget.ts';
import { Words } from './words.ts';

/** What a message asks of deployments that there are; its fields are those of the action. */
export interface OrderRequest {
  readonly kind: 'adopt' | 'close' | 'top-up' | 'logs' | 'update' | 'list' | 'status';
  readonly fields: Readonly<Record<string, string>>;
}

const LONGEST = 4_000;
const verb = (words: string): RegExp => new RegExp(`${POLITE_BEGINNING}(?:${words})\\b`, 'i');

const CLOSE = verb(
  String.raw`close|shut\s+down|stop|terminate|end|delete|remove|tear\s+down|destroy|undeploy|kill`,
);
const ADOPT = verb(String.raw`adopt|take\s+over|take\s+in|look\s+after|keep`);
const UNKNOWN = /\b(?:unknown|foreign|stray|strange|orphaned?|not\s+ours)\b/i;
const TOP_UP = verb(String.raw`top[-\s]?up|fund|refill|recharge|add|put|pay|deposit`);
const UPDATE = verb(String.raw`update|upgrade|change|roll|switch|set|patch|move`);
const LOGS = /\blogs?\b/i;
const LINES = /\b(?<lines>\d{1,5})\s+(?:log\s+)?lines\b/i;
const STATUS =
  /\b(?:deployment|status|running|runs?|up|alive|healthy|doing|runway|endpoint|how|where)\b/i;
const ASKS = verb(
  String.raw`how|what|what's|which|list|show|is|are|do|does|tell|give|status|check`,
);
const MANY = /\bdeployments\b|\bon\s+akash\b/i;
const COST = /\b(?:costs?|prices?|cheap\w*|sav(?:e|ing)\w*|how\s+much)\b/i;
const ONE = /\bdeployment\b/i;
const NAMED = /\bdeployments?\s+["'`]?(?<name>[A-Za-z0-9-]*\d[A-Za-z0-9-]*)\b/i;
const VARIABLE = /(?<![\w=])(?<name>[A-Za-z_][A-Za-z0-9_]*)=(?<value>"[^"]*"|[^\s,;]+)/;
const SERVICE = /\b(?:its\s+|the\s+)?service\s+(?<service>[a-z][a-z0-9-]*)/i;
const IMAGE =
  /\b(?:image\s+(?:to\s+|is\s+|of\s+|=\s*)?|to\s+|use\s+|using\s+|with\s+)(?:the\s+)?(?:image\s+)?["'`]?(?<image>[^\s"'`,;]*[^\s"'`,;.!?])/i;
// A budget is one of a month, where nothing else is said; so it is not multiplied.
const AS_IT_IS = 'monthly cost';
const RESOURCE = /\b(?<resource>cpus?|memory|ram|storage|disk|replicas?|ports?|regions?)\b/i;

/**
 * What a message asks of deployments that there are, or undefined when it is about none.
 * @param readId the id that a word stands for, if it is one
 */
export function readOrderRequest(
  text: string,
  readId: (word: string) => string | undefined,
): OrderRequest | undefined {
  if (text.length > LONGEST) return undefined;
  const id = idIn(text, readId);
  const about = id === undefined ? {} : { id };
  const isAbout = id !== undefined || ONE.test(text) || MANY.test(text);
  if (!isAbout) return undefined;
  if (ADOPT.test(text)) return { kind: 'adopt', fields: { ...about, ...readAmount(text, id) } };
  if (CLOSE.test(text)) return { kind: 'close', fields: { ...about, ...readUnknown(text, id) } };
  if (LOGS.test(text)) return { kind: 'logs', fields: { ...about, ...readLines(text) } };
  if (TOP_UP.test(text)) return { kind: 'top-up', fields: { ...about, ...readAmount(text, id) } };
  if (UPDATE.test(text)) return { kind: 'update', fields: { ...about, ...readChange(text, id) } };
  if (id !== undefined) return STATUS.test(text) ? { kind: 'status', fields: about } : undefined;
  if (!ASKS.test(text) || COST.test(text)) return undefined;
  return MANY.test(text) ? { kind: 'list', fields: {} } : { kind: 'status', fields: {} };
}

// An id of eight characters wherever it stands, or the name that follows the word.
function idIn(text: string, readId: (word: string) => string | undefined): string | undefined {
  for (const word of text.split(/[\s"'`,;:.!?()]+/)) {
    const id = readId(word);
    if (id !== undefined) return id;
  }
  return NAMED.exec(text)?.groups?.['name'];
}

function readLines(text: string): Record<string, string> {
  const lines = LINES.exec(text)?.groups?.['lines'];
  return lines === undefined ? {} : { lines };
}

function readUnknown(text: string, id: string | undefined): Record<string, string> {
  return id === undefined && UNKNOWN.test(text) ? { unknown: 'true' } : {};
}

function readAmount(text: string, id: string | undefined): Record<string, string> {
  const words = new Words(id === undefined ? text : text.replaceAll(new RegExp(id, 'gi'), ' '));
  const { maxCost } = readBudget(words, AS_IT_IS);
  return maxCost === undefined ? {} : { amountUsd: maxCost };
}

function readChange(text: string, id: string | undefined): Record<string, string> {
  const words = new Words(id === undefined ? text : text.replaceAll(new RegExp(id, 'gi'), ' '));
  const variables = words
    .takeAll(VARIABLE)
    .map(({ name = '', value = '' }) => `${name}=${value.replace(/^"|"$/g, '')}`);
  const service = words.take(SERVICE)?.['service'];
  const resource = RESOURCE.exec(words.rest)?.groups?.['resource'];
  const image = resource === undefined ? words.take(IMAGE)?.['image'] : undefined;
  return {
    ...(variables.length > 0 ? { environment: variables.join('\n') } : {}),
    ...(service === undefined ? {} : { service }),
    ...(image === undefined || image === 'deployment' ? {} : { dockerImage: image }),
    ...(resource === undefined ? {} : { resource }),
  };
}
