import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Environment } from '../doctor/check.ts';

const character = z.looseObject({ name: z.string().min(1) });

/** The names of the agents whose character files are here; what is wrong with one, the start says. */
export function agentNames({ CHARACTERS_DIR = 'characters' }: Environment): string[] {
  return filesIn(CHARACTERS_DIR).flatMap((file) => {
    try {
      return [character.parse(JSON.parse(readFileSync(file, 'utf8'))).name];
    } catch {
      return [];
    }
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(folder, name))
      .toSorted();
  } catch {
    return [];
  }
}
