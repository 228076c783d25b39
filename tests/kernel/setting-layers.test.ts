import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentRuntime } from '@elizaos/core';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import {
  agentSettings,
  declareSettings,
  explainSetting,
  explainSettings,
  integerSetting,
  readSettings,
  runtimeSettings,
  setRegistryLayer,
  UnknownSettingError,
  type SettingLayer,
} from '@371os/kernel';
import fc from 'fast-check';
import { z } from 'zod';

const schema = z.object({
  LAYERED: integerSetting(1, 1_000).default(1),
  LAYERED_KEY: z.string().optional(),
  LAYERED_URL: z.string().optional(),
});
declareSettings('kernel', schema);

const NAME = 'Layered Lea';
const folder = mkdtempSync(join(tmpdir(), '371os-layers-'));
let files = 0;

afterEach(() => {
  for (const name of ['CONFIG_FILES', ...Object.keys(schema.shape)])
    Reflect.deleteProperty(process.env, name);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A file of its own, since each is read once. */
function useFile(content: object): void {
  const path = join(folder, `${String((files += 1))}.json`);
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
  process.env['CONFIG_FILES'] = [process.env['CONFIG_FILES'], path].filter(Boolean).join(',');
}

/** Places for a value, the lowest first. */
const PLACES = [
  'environment',
  'file',
  'later file',
  'file for the agent',
  'settings.secrets',
  'secrets',
  'settings',
  'registry',
] as const;
type Place = (typeof PLACES)[number];

const LAYER: Readonly<Record<Place, SettingLayer>> = {
  environment: 'environment',
  file: 'file',
  'later file': 'file',
  'file for the agent': 'file',
  'settings.secrets': 'character',
  secrets: 'character',
  settings: 'character',
  registry: 'registry',
};

// Each place says a number of its own, so that the value tells where it comes from.
const valueAt = (place: Place): number => 10 + PLACES.indexOf(place);

function agentWith(places: readonly Place[], name = 'LAYERED'): AgentRuntime {
  const at = (place: Place): Record<string, number> =>
    places.includes(place) ? { [name]: valueAt(place) } : {};
  const textAt = (place: Place): Record<string, string> =>
    places.includes(place) ? { [name]: String(valueAt(place)) } : {};
  for (const old of ['CONFIG_FILES', name]) Reflect.deleteProperty(process.env, old);
  Object.assign(process.env, textAt('environment'));
  useFile({ ...at('file'), agents: { [NAME]: at('file for the agent') } });
  useFile(at('later file'));
  const runtime = new AgentRuntime({
    character: {
      name: NAME,
      bio: 'Has layers.',
      settings: { ...at('settings'), secrets: textAt('settings.secrets') },
      secrets: textAt('secrets'),
    },
  });
  if (places.includes('registry')) register(runtime, at('registry'));
  return runtime;
}

function register(runtime: AgentRuntime, values: Record<string, number>): void {
  setRegistryLayer(runtime, {
    ...{ values, place: 'a registration', mayHold: new Set(['LAYERED']), refused: [] },
    problem: undefined,
  });
}

function valueOf(runtime: AgentRuntime): number {
  return readSettings(schema, runtimeSettings(runtime)).LAYERED;
}

describe('settings in layers', () => {
  const pairs = PLACES.flatMap((high, index) =>
    PLACES.slice(0, index).map((low) => ({ low, high })),
  );

  test.each(pairs)('$high ranks above $low', ({ low, high }) => {
    expect(valueOf(agentWith([low, high]))).toBe(valueAt(high));
  });

  test('the highest that says something counts, and the others are told in order', () => {
    fc.assert(
      fc.property(fc.subarray([...PLACES]), (places) => {
        const runtime = agentWith(places);
        const winner = places.at(-1);
        const expected = winner === undefined ? 1 : valueAt(winner);
        expect(valueOf(runtime)).toBe(expected);
        expect(agentSettings(schema, runtime).LAYERED).toBe(expected);
        const { origin, below } = explainSetting(runtime, 'LAYERED');
        expect(origin).toMatchObject({
          value: String(expected),
          layer: winner === undefined ? 'default' : LAYER[winner],
        });
        // ElizaOS itself shows one of the character's places.
        const characters = places.filter((place) => LAYER[place] === 'character');
        const shown = places.filter((place) => !characters.slice(0, -1).includes(place));
        const layers = [...shown.map((place) => LAYER[place]).reverse(), 'default'].slice(1);
        expect(below.map(({ layer }) => layer)).toEqual(winner === undefined ? [] : layers);
      }),
    );
  });

  test('what ElizaOS copied from the environment into the secrets is of the environment', () => {
    process.env['LAYERED'] = '7';
    useFile({ LAYERED: 9 });
    const character = { name: NAME, bio: 'x', settings: { secrets: { LAYERED: '7' } } };
    const runtime = new AgentRuntime({ character });
    expect(explainSetting(runtime, 'layered')).toMatchObject({
      origin: { layer: 'file', value: '9' },
      below: [
        { layer: 'environment', value: '7' },
        { layer: 'default', value: '1' },
      ],
    });
  });

  test('what a registration says counts at once; the rest is as it was at the start', () => {
    const runtime = agentWith(['environment']);
    const settings = agentSettings(schema, runtime);
    process.env['LAYERED'] = '99';
    expect(settings.LAYERED).toBe(valueAt('environment'));
    register(runtime, { LAYERED: 50 });
    expect(settings.LAYERED).toBe(50);
    register(runtime, {});
    expect(settings.LAYERED).toBe(valueAt('environment'));
  });

  test('an unknown name is told, with the one that was meant', () => {
    const runtime = agentWith([]);
    expect(() => explainSetting(runtime, 'LAYERD')).toThrow(UnknownSettingError);
    expect(() => explainSetting(runtime, 'LAYERD')).toThrow('Did you mean LAYERED?');
  });

  test.each(PLACES.filter((place) => place !== 'registry'))(
    'a secret from %s is never in an explanation, nor what an address holds',
    (place) => {
      const runtime = agentWith([place], 'LAYERED_KEY');
      process.env['LAYERED_URL'] = 'postgres://me:hunter2@db.example/hunter2?key=hunter2#hunter2';
      const all = JSON.stringify(explainSettings(runtime));
      expect(explainSetting(runtime, 'LAYERED_KEY').origin).toMatchObject({ value: 'set' });
      expect(all).not.toContain(`"${String(valueAt(place))}"`);
      expect(all).not.toContain('hunter2');
      expect(all).toContain('postgres://db.example/...');
      process.env['LAYERED_URL'] = 'https://me:hunter2@';
      expect(JSON.stringify(explainSettings(runtime))).not.toContain('hunter2');
    },
  );
});
