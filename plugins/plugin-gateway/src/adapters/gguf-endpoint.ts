import { closeSync, openSync, readSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { InvalidSettingError } from '@371os/kernel';
import type { Endpoint } from '../ports.ts';
import type { GatewaySettings } from '../settings.ts';

// Every GGUF file begins with its name.
const MAGIC = 'GGUF';

/**
 * The model in the file of GGUF_MODEL_PATH, called after the file; none when there is no such setting.
 * @throws InvalidSettingError when the file cannot be read or is no GGUF file
 */
export function ggufEndpoints(settings: GatewaySettings): Endpoint[] {
  const { GGUF_MODEL_PATH: setting, GGUF_CONTEXT_TOKENS: contextTokens } = settings;
  if (setting === undefined) return [];
  const path = resolve(setting);
  if (firstBytes(path) !== MAGIC) throw invalid(path, 'is not a GGUF file');
  const name = basename(path)
    .replace(/\.gguf$/i, '')
    .replaceAll(/\s+/g, '-');
  return [
    { provider: 'gguf', api: 'gguf', baseUrl: path, isLocal: true, models: [name], contextTokens },
  ];
}

function firstBytes(path: string): string {
  const bytes = Buffer.alloc(MAGIC.length);
  try {
    const file = openSync(path, 'r');
    try {
      readSync(file, bytes);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw invalid(path, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  return bytes.toString('latin1');
}

function invalid(path: string, problem: string): InvalidSettingError {
  return new InvalidSettingError({
    setting: 'GGUF_MODEL_PATH',
    problem: `${path} ${problem}: name a model file in the GGUF format`,
  });
}
