import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Action, Plugin } from '@elizaos/core';
import bootstrap from '@elizaos/plugin-bootstrap';
import { elizaosNameOf, PLUGINS } from './workspaces.ts';

const plugins: Plugin[] = [];

beforeAll(async () => {
  for (const name of PLUGINS)
    plugins.push(((await import(`@371os/${name}`)) as { default: Plugin }).default);
});

// Both names were asked for; ElizaOS looks for the whole name first, so each finds its own.
const NAMED_BY_USERS = [
  ...['agentstatus and updateagentstatus', 'updateagentstatus and agentstatus'],
  // Of these two, each does nothing when the person's own words ask for the other.
  'activatebackupmode and deactivatebackupmode',
  'deactivatebackupmode and activatebackupmode',
];

describe('the plugins together', () => {
  it('are named after their packages, without the scope that would end up in their routes', () => {
    expect(plugins.map(({ name }) => name)).toEqual(PLUGINS.map(elizaosNameOf));
  });

  // ElizaOS runs an action when its name is part of what the model wrote, or the other way round.
  it('have action names of which none is part of another', () => {
    const ours = plugins.flatMap(({ actions = [] }) => actions.map(nameOf));
    const all = [...ours, ...(bootstrap.actions ?? []).map(nameOf)];
    const clashes = ours.flatMap((name) =>
      all
        .filter((other) => other !== name && (other.includes(name) || name.includes(other)))
        .map((other) => `${name} and ${other}`),
    );
    expect(ours).not.toEqual([]);
    expect(clashes.filter((clash) => !NAMED_BY_USERS.includes(clash))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('have actions named as verb and object, with examples for the model', () => {
    for (const action of plugins.flatMap(({ actions = [] }) => actions)) {
      expect(action.name).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
      expect(action.description.length).toBeGreaterThan(20);
      expect(action.examples?.length ?? 0).toBeGreaterThan(0);
    }
  });

  it.each(['providers', 'evaluators', 'services'] as const)('share no name among %s', (kind) => {
    const names = plugins.flatMap((plugin) =>
      (plugin[kind] ?? []).map((part) => ('serviceType' in part ? part.serviceType : part.name)),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});

function nameOf(action: Action): string {
  return action.name.toLowerCase().replaceAll('_', '');
}
