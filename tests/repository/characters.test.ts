import { basename } from 'node:path';
import { validateCharacter, type Character } from '@elizaos/core';
import { describe, expect, it } from '@jest/globals';
import { filesBelow, readJson, WORKSPACES } from './workspaces.ts';

const FILES = [...filesBelow('characters', /\.json$/), 'tests/packed/stranger/stranger.json'];
const OURS = new Set(WORKSPACES.map((workspace) => `@371os/${workspace}`));
const THEIRS = new Set(['@elizaos/plugin-sql', '@elizaos/plugin-bootstrap']);

describe.each(FILES)('%s', (path) => {
  const character = readJson(path) as Character;

  it('is a character to ElizaOS', () => {
    const result = validateCharacter(character);
    expect(result.error?.issues ?? []).toEqual([]);
    expect(result.success).toBe(true);
  });

  it('lists only plugins that are installed: ElizaOS skips others without a word', () => {
    const unknown = (character.plugins ?? []).filter(
      (name) => !OURS.has(name) && !THEIRS.has(name),
    );
    expect(unknown).toEqual([]);
  });
});

describe('the characters together', () => {
  it('have names of their own', () => {
    const names = FILES.map((path) => (readJson(path) as Character).name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('are in files named in kebab-case', () => {
    for (const path of FILES) expect(basename(path)).toMatch(/^[a-z]+(-[a-z]+)*\.json$/);
  });
});
