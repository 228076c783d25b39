import { describe, expect, it } from '@jest/globals';
import { fileSettings, identitySettings, isSecretSetting, messageSettings } from '@371os/kernel';
import { z } from 'zod';
import { packageOf, PLUGINS, readText } from './workspaces.ts';

// What the kernel reads for every plugin: as a schema, or where it is needed.
const SHARED = [messageSettings, fileSettings, identitySettings].flatMap(({ shape }) =>
  Object.keys(shape),
);

const parameter = z.strictObject({
  type: z.enum(['string', 'number', 'boolean']),
  description: z.string().min(20),
  required: z.boolean(),
  sensitive: z.boolean(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

// Under ElizaOS's own command line a plugin gets only those variables that it declares.
describe.each(PLUGINS)('%s', (plugin) => {
  const declared = packageOf(plugin).agentConfig?.pluginParameters ?? {};

  it('declares the settings that its schema reads, and those of the kernel', async () => {
    const own = await ownSettings(plugin);
    expect(own).not.toEqual([]);
    expect(Object.keys(declared).sort()).toEqual([...new Set([...own, ...SHARED])].sort());
  });

  it('describes each, and marks the secret ones', () => {
    for (const [name, description] of Object.entries(declared)) {
      expect(parameter.parse(description)).toMatchObject({ sensitive: isSecretSetting(name) });
    }
  });

  it('explains its own in its README', async () => {
    const readme = readText(`plugins/${plugin}/README.md`);
    expect((await ownSettings(plugin)).filter((name) => !readme.includes(name))).toEqual([]);
  });
});

describe('kernel', () => {
  it('explains in its README the settings that all plugins share', () => {
    const readme = readText('plugins/kernel/README.md');
    expect(SHARED.filter((name) => !readme.includes(name))).toEqual([]);
  });
});

// A plugin exports its schema as `<name>Settings`.
async function ownSettings(plugin: string): Promise<string[]> {
  const exports = (await import(`@371os/${plugin}`)) as Record<string, unknown>;
  return Object.entries(exports)
    .filter(([name]) => name.endsWith('Settings'))
    .flatMap(([, schema]) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
}
