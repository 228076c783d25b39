import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringToUuid, validateCharacter, type Character } from '@elizaos/core';
import { readSettings } from '@371os/kernel';
import { routerSettings } from '@371os/plugin-router';
import type { ProcessRole } from './cluster.ts';
import { CharacterFileError, FrontDeskElsewhereError, UnknownCharacterError } from './errors.ts';

/**
 * The characters of a folder of JSON files, in the order of their names.
 * @throws CharacterFileError naming the file and what is wrong in it
 */
export function readCharacters(directory: string): Character[] {
  const files = listFiles(directory);
  if (files.length === 0)
    throw new CharacterFileError({ path: directory, problem: 'there is no .json file in it.' });
  return files.map(readCharacter);
}

/**
 * Of the characters those that a process starts: the named ones, by the whole name or one word of it,
 * or all, but for the front desk in a worker.
 * @throws UnknownCharacterError, FrontDeskElsewhereError
 */
export function selectCharacters(
  characters: readonly Character[],
  names: readonly string[] | undefined,
  role: ProcessRole,
): Character[] {
  if (names === undefined)
    return characters.filter((character) => role === 'front' || !isFrontDesk(character));
  const selected = new Set(names.map((name) => find(characters, name)));
  const misplaced = [...selected].find(isFrontDesk);
  if (misplaced && role === 'worker') throw new FrontDeskElsewhereError(misplaced);
  return [...selected];
}

function find(characters: readonly Character[], wanted: string): Character {
  const word = wanted.toLowerCase();
  const found =
    characters.find(({ name }) => name.toLowerCase() === word) ??
    characters.find(({ name }) => name.toLowerCase().split(' ').includes(word));
  if (found) return found;
  throw new UnknownCharacterError({ wanted, known: characters.map(({ name }) => name) });
}

/** Whether requests come in at a character. */
export function isFrontDesk({ settings }: Character): boolean {
  return readSettings(routerSettings, (key) => settings?.[key]).ROUTER_FRONT_DESK;
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(directory, name));
  } catch {
    throw new CharacterFileError({ path: directory, problem: 'there is no such folder.' });
  }
}

function readCharacter(path: string): Character {
  const result = toCharacter(parseJson(path));
  if ('problem' in result) throw new CharacterFileError({ path, problem: result.problem });
  return result.character;
}

/** The character that a value is, or what is wrong in it. */
export function toCharacter(value: unknown): { character: Character } | { problem: string } {
  const { success, data, error } = validateCharacter(value);
  if (!success || !data) return { problem: problemOf(error) };
  return { character: { ...data, id: data.id ?? stringToUuid(data.name) } };
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CharacterFileError({
      path,
      problem: error instanceof Error ? error.message : 'it is not JSON.',
    });
  }
}

function problemOf(error: unknown): string {
  const issues = (error as { issues?: { path: PropertyKey[]; message: string }[] }).issues ?? [];
  const first = issues[0];
  return first ? `${first.path.join('.')}: ${first.message}` : 'it is not valid.';
}
