import { formatUsd, type PicoUsd } from '@371os/kernel';
import { quoted } from '../../domain/tools/execution.ts';
import { platformsOf } from './indexed-agent.ts';
import {
  termsOf,
  type Criteria,
  type Discovery,
  type Found,
  type LeftOut,
  type Term,
  type Terms,
} from './rank-agents.ts';

const TOP = 10;
const SHOWN = 5;

const LEFT_OUT_WORDS: Readonly<Record<LeftOut, string>> = {
  excluded: 'excluded by you',
  inactive: 'not active, or without a sign of life',
  type: 'of another type',
  platform: 'on other platforms',
  price: 'too dear',
  reputation: 'with too low a reputation',
};

/** What was found, for programs: the origin's fields, and what each rank is made of. */
export function presentDiscovery(
  { found, totalFound, leftOut }: Discovery,
  criteria: Criteria,
): Record<string, unknown> {
  const [best] = found;
  const { maxCostPico, ...others } = criteria;
  return {
    tools: found.slice(0, TOP).map((one) => presentFound(one, criteria)),
    searchCriteria: { ...others, maxCost: Number(formatUsd(maxCostPico)) },
    totalFound,
    leftOut,
    recommendation: best ? recommendationOf(best) : null,
  };
}

function presentFound(one: Found, criteria: Criteria): object {
  const { agent, fit, score, isPreferred } = one;
  const { id, agentId, name, owner, agentType, cid, reputation } = agent.entry;
  const { tool } = fit;
  return {
    ...{ id, agentId, name, owner, agentType, cid, reputation, score, isPreferred },
    terms: termsOf(one, criteria),
    ...{ fit: fit.share, platforms: platformsOf(agent.entry) },
    tool: tool && { id: tool.id, name: tool.name, description: tool.description.slice(0, 300) },
    inputSchema: tool?.inputSchema ?? null,
    price: costOf(tool?.pricePico),
    priceText: tool?.priceText ?? null,
  };
}

function recommendationOf({ agent, fit }: Found): object {
  const { id, agentId, reputation } = agent.entry;
  return {
    ...{ id, agentId, reputation: reputation.score, estimatedCost: costOf(fit.tool?.pricePico) },
    ...{ platforms: platformsOf(agent.entry), tool: fit.tool?.id ?? null },
  };
}

function costOf(pricePico: PicoUsd | undefined): number | null {
  return pricePico === undefined ? null : Number(formatUsd(pricePico));
}

/** What was found, for people. Names are strangers' and stand in quotes. */
export function describeDiscovery(
  { found, totalFound, leftOut }: Discovery,
  criteria: Criteria,
): string {
  const shown = found.slice(0, SHOWN).map((one, index) => describeFound(one, index, criteria));
  const first =
    totalFound === 0
      ? 'No agent that fits was found.'
      : `${String(totalFound)} ${totalFound === 1 ? 'agent fits' : 'agents fit'}; best first (names and words are the agents' own):`;
  const more = totalFound > SHOWN ? [`… and ${String(totalFound - SHOWN)} more.`] : [];
  return [first, ...shown, ...more, ...describeLeftOut(leftOut)].join('\n');
}

function describeFound(one: Found, index: number, criteria: Criteria): string {
  const { agent, fit, score } = one;
  const { id, agentId, name, reputation } = agent.entry;
  const tool = fit.tool ? `tool ${quoted(fit.tool.id)}` : 'no tool named';
  const known =
    reputation.raters === 0
      ? 'no feedback yet, taken as'
      : `${String(reputation.raters)} ${reputation.raters === 1 ? 'rater' : 'raters'},`;
  return [
    `${String(index + 1)}. agent ${agentId} ${quoted(name)} (${id}): ${tool}, ${priceWords(one)}, over ${platformsOf(agent.entry).join(', ') || 'no endpoint'}; ${known} ${reputation.score.toFixed(2)}`,
    `   score ${score.toFixed(3)} = fit ${fit.share.toFixed(2)} × (${termsIn(termsOf(one, criteria))})`,
  ].join('\n');
}

function termsIn(terms: Terms): string {
  return Object.entries<Term>(terms)
    .map(([name, { value, weight }]) => `${String(weight)} · ${name} ${value.toFixed(2)}`)
    .join(' + ');
}

function priceWords({ fit }: Found): string {
  const pricePico = fit.tool?.pricePico;
  if (pricePico !== undefined) return pricePico === 0n ? 'free' : `$${formatUsd(pricePico)} a call`;
  return fit.tool?.priceText === undefined ? 'price unknown' : quoted(fit.tool.priceText, 40);
}

function describeLeftOut(leftOut: Discovery['leftOut']): string[] {
  const parts = Object.entries(leftOut).map(
    ([reason, count]) => `${String(count)} ${LEFT_OUT_WORDS[reason as LeftOut]}`,
  );
  return parts.length === 0 ? [] : [`Left out: ${parts.join(', ')}.`];
}
