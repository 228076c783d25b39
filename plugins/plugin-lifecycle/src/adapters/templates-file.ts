import { readFileSync } from 'node:fs';
import { templatesSchema, type CharacterTemplates } from '../domain/character-template.ts';

const FILE = new URL('../../templates.json', import.meta.url);

/** The templates of characters that come with this package. */
export function loadTemplates(): CharacterTemplates {
  return templatesSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
}
