import type { RuleParameters } from '@371os/kernel';

const LONGEST = 8_000;
const PRICE =
  /\b(?:for\s+)?(?:at\s+most|under|below|up\s+to|max(?:imum)?(?:\s+cost)?(?:\s+of)?)\s+\$?\s*(?<price>\d+(?:\.\d+)?)(?:\s*(?:\$|usdc?|dollars?))?(?:\s+(?:a|per)\s+call)?/i;
const REPUTATION =
  /\b(?:with\s+)?(?:a\s+)?(?:min(?:imum)?\s+)?(?:reputation|rating)\s+(?:of\s+)?(?:at\s+least|over|above|from|>=?)?\s*(?<reputation>[01](?:\.\d+)?)\b/i;
const PLATFORM = /\b(?:over|via|on|through|speaking)\s+(?<platform>mcp|a2a|web|http)\b/i;
const TYPE = /\bof\s+type\s+(?<type>[\w-]{1,64})\b/i;
const EXCLUDED = /\b(?:except|excluding|but\s+not)\s+(?<excluded>[^;.]+?)\s*$/i;
const PREFERRED = /\bprefer(?:ably|ring|red)?\s+(?<preferred>[^;.]+?)\s*$/i;

const DISCOVER =
  /^(?:please\s+|can\s+you\s+)?(?:find|discover|search(?:\s+the\s+registry)?(?:\s+for)?|look\s+for|which|what)\s+(?:me\s+)?(?:all\s+|an?\s+|any\s+|other\s+|the\s+)?(?:(?:registered|universal|blockchain|trusted|on-?chain)\s+)*(?:agents?|tools?|providers?)\b(?:\s+(?:are\s+there|there\s+are|exist))?(?<rest>[\s\S]*)$/i;
const LINK =
  /^\s*(?:(?:that|which|who)\s+(?:can\s+|could\s+|do(?:es)?\s+)?|can\s+|could\s+|do(?:es)?\s+|for\s+|to\s+|with\s+)/i;

/** What agents somebody looks for, as fields of DISCOVER_UNIVERSAL_TOOLS. */
export function readDiscoverRequest(text: string): RuleParameters | undefined {
  const found = DISCOVER.exec(cut(text));
  if (!found) return undefined;
  const words = new Cuts(found.groups?.['rest'] ?? '');
  const fields = {
    excludedProviders: words.take(EXCLUDED, 'excluded'),
    preferredProviders: words.take(PREFERRED, 'preferred'),
    maxCost: words.take(PRICE, 'price'),
    minReputation: words.take(REPUTATION, 'reputation'),
    platforms: words.take(PLATFORM, 'platform')?.toLowerCase().replace('http', 'web'),
    agentType: words.take(TYPE, 'type'),
  };
  const requirements = words.rest.replace(LINK, '').trim();
  return { requirements: requirements === '' ? 'anything' : requirements, ...given(fields) };
}

const EXECUTE =
  /^(?:please\s+)?(?:execute|call|run|use|invoke)\s+(?:the\s+)?(?:tool\s+)?["'`]?(?<tool>[A-Za-z0-9][\w.:-]{0,127})["'`]?(?:\s+tool)?\s+(?:of|from|at|by|on)\s+(?:the\s+)?agent\s+(?<agent>"[^"]{1,128}"|[^\s,;]{1,200})(?<rest>[\s\S]*)$/i;
const ASSIGNMENT = /(?<key>[A-Za-z_]\w{0,63})\s*[=:]\s*(?:"(?<quoted>[^"]*)"|(?<plain>[^\s,;]+))/g;

/** Which tool somebody wants called, as fields of EXECUTE_UNIVERSAL_TOOL. */
export function readExecuteRequest(text: string): RuleParameters | undefined {
  const found = EXECUTE.exec(cut(text));
  if (!found?.groups) return undefined;
  const { tool = '', agent = '', rest = '' } = found.groups;
  const json = /\{[\s\S]*\}/.exec(rest)?.[0];
  const words = new Cuts(json === undefined ? rest : rest.replace(json, ' '));
  const fields = {
    maxCost: words.take(PRICE, 'price'),
    platform: words.take(PLATFORM, 'platform')?.toLowerCase().replace('http', 'web'),
  };
  const parameters = json ?? JSON.stringify(assignments(words.rest));
  return { tool, agentId: unquoted(agent), parameters, ...given(fields) };
}

const RATE =
  /^(?:please\s+)?(?:rate|give\s+feedback\s+(?:on|to)|review)\s+(?:the\s+)?agent\s+(?<agent>"[^"]{1,128}"|[^\s,;]{1,200})(?:\s+(?:with|at|as))?(?<rest>[\s\S]*)$/i;
const SCORE =
  /(?<share>\d+(?:\.\d+)?)\s*(?:(?<percent>%|percent)|(?:\/|of|out\s+of)\s*(?<whole>\d+))?/i;
const EXECUTION = /\b(?:for\s+)?execution\s+(?<execution>[\w.:-]{4,128})/i;
const CATEGORY =
  /\bfor\s+(?:its\s+)?(?<category>reliability|accuracy|speed|cost-effectiveness|security|overall)\b/i;
const REASON = /\b(?:because|since|evidence:?)\s+(?<reason>[\s\S]{1,2000})$/i;

/** What somebody thinks of an agent, as fields of UPDATE_AGENT_REPUTATION. */
export function readRatingRequest(text: string): RuleParameters | undefined {
  const found = RATE.exec(cut(text));
  if (!found?.groups) return undefined;
  const words = new Cuts(found.groups['rest'] ?? '');
  const fields = {
    evidence: words.take(REASON, 'reason'),
    executionId: words.take(EXECUTION, 'execution'),
    category: words.take(CATEGORY, 'category')?.toLowerCase(),
    rating: SCORE.exec(words.rest)?.[0].trim(),
  };
  return { agentId: unquoted(found.groups['agent'] ?? ''), ...given(fields) };
}

/**
 * A rating from 0 to 1: `0.9`, `90 %`, `4 of 5`, `4/5`; undefined for what is none, such as a bare 90,
 * whose scale nobody knows.
 */
export function readRating(text: string): number | undefined {
  const found = SCORE.exec(text.trim());
  if (!found?.groups || found[0] !== text.trim()) return undefined;
  const { share = '', percent, whole } = found.groups;
  const scale = whole === undefined ? (percent === undefined ? 1 : 100) : Number(whole);
  const rating = Number(share) / scale;
  return rating >= 0 && rating <= 1 ? rating : undefined;
}

const MONITOR =
  /\b(?:network|tool|tools|registry|agent\s+network)\s+(?:health|performance|metrics|reliability)\b|\bmonitor\s+(?:the\s+)?(?:network|tools|registry)\b|\bhow\s+(?:healthy|reliable|fast)\s+(?:is|are)\s+(?:the\s+|our\s+)?(?:network|tools|registry)\b|\bhow\s+(?:do|did)\s+(?:the\s+|our\s+)?tools\s+perform\b/i;
const WINDOW = /\b(?:1\s*h|24\s*h|7\s*d|hour|day|week)\b/i;

/** Whether somebody asks how the network does, and over which time. */
export function readMonitorRequest(text: string): RuleParameters | undefined {
  const message = cut(text);
  if (!MONITOR.test(message)) return undefined;
  return given({ timeWindow: WINDOW.exec(message)?.[0] });
}

/** A text from which parts are cut out, whose place takes a blank. */
class Cuts {
  #rest: string;

  constructor(text: string) {
    this.#rest = text;
  }

  get rest(): string {
    return this.#rest.replace(/\s+/g, ' ').replace(/^[\s,:]+|[\s,.?!]+$/g, '');
  }

  take(pattern: RegExp, group: string): string | undefined {
    const found = pattern.exec(this.#rest);
    if (!found) return undefined;
    this.#rest = this.#rest.replace(found[0], ' ');
    return found.groups?.[group];
  }
}

function assignments(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(ASSIGNMENT)].map(({ groups }) => [
      groups?.['key'] ?? '',
      groups?.['quoted'] ?? groups?.['plain'] ?? '',
    ]),
  );
}

function given(fields: Record<string, string | undefined>): RuleParameters {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}

function unquoted(text: string): string {
  return text.replace(/^"|"$/g, '');
}

function cut(text: string): string {
  return text.trim().slice(0, LONGEST);
}
