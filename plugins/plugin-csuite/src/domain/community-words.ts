import { MissingInputError } from '../errors.ts';
import { describeSentiment, type CommunityCheck, type CommunityState } from './community-check.ts';
import type { Delegation } from './directive.ts';
import { formatPercent, parseProportion } from './decimal.ts';
import { FigureReader } from './named-figures.ts';

/** What was said of a community, as text. */
export interface CommunityWords {
  readonly health?: string | undefined;
  readonly community?: string | undefined;
  readonly messages: readonly string[];
}

const HEALTH = new FigureReader({ health: 'health index|health' });
const ABOUT = /\b(?:community|members?|forum|discord|server|guild)\b/i;
const NAMED =
  /\b(?:the|our)\s(?<name>(?:[\p{L}\d'-]+\s){1,3}(?:community|forum|guild))\b|\b(?<chat>Discord|Telegram)\b/iu;
const MESSAGES =
  /\b(?:messages?|posts?|feedback|they (?:say|said|write|wrote)|members (?:say|said|write|wrote))\s?(?:are|were|is)?\s?:(?<rest>[\s\S]*)$/i;
const QUOTED = /"([^"\n]{1,1000})"|“([^”\n]{1,1000})”/g;

/** `check the community: health 0.7; messages: "I love it", "search is broken"` */
export function readCommunityCheck(
  text: string,
): { health: string; messages: string; community?: string } | undefined {
  const { health } = HEALTH.read(text);
  if (health === undefined || !ABOUT.test(text)) return undefined;
  const named = NAMED.exec(text)?.groups;
  const community = named?.['name'] ?? named?.['chat'];
  const messages = MESSAGES.exec(text)?.groups?.['rest'] ?? '';
  return { health, messages: messages.trim(), ...(community ? { community } : {}) };
}

/** Messages of a text: what is in quotation marks, else its lines or what semicolons part. */
export function splitMessages(text: string): string[] {
  const quoted = [...text.matchAll(QUOTED)].map((match) => match[1] ?? match[2] ?? '');
  const parts = quoted.length > 0 ? quoted : text.split(/;|\n/);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** @throws MissingInputError, InvalidFigureError */
export function communityState({ health, community, messages }: CommunityWords): CommunityState {
  if (health === undefined)
    throw new MissingInputError({
      missing: "the community's health",
      example: '"check the community: health 0.7; messages: "I love it", "search is broken""',
    });
  return {
    name: community?.trim() ? capitalised(community.trim()) : 'The community',
    health: parseProportion(health, 'a health'),
    messages,
  };
}

/** What the CEO is given when a community is not well. */
export function describeForCeo({ note, issue }: CommunityCheck): string {
  return [note, issue?.title, issue?.body].filter((line) => line !== undefined).join('\n');
}

/** What a check found, and who has been told. */
export function describeCommunityCheck(
  state: CommunityState,
  check: CommunityCheck,
  told?: Delegation,
): string {
  const again = `Next check: ${isoMinute(check.recheckAtMs)} UTC.`;
  if (check.isWell)
    return `${state.name} is well: health ${formatPercent(state.health)} is above 80 %. ${again}`;
  return [
    `${state.name} needs attention: health ${formatPercent(state.health)} is not above 80 %.`,
    ...(check.sentiment ? [describeSentiment(check.sentiment, state.messages.length)] : []),
    `Issue: ${check.issue?.title ?? ''}`,
    `Note: ${check.note ?? ''}`,
    whoHasIt(told),
    again,
  ].join('\n');
}

function whoHasIt(told: Delegation | undefined): string {
  return told?.agent === undefined || told.taskId === undefined
    ? 'Issue and note are only shown here: no CEO could be told.'
    : `${told.agent} has both as task ${told.taskId.slice(0, 8)}; /tasks shows what becomes of it.`;
}

/** `2026-03-18 12:00` */
export function isoMinute(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
