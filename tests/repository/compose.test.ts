import { expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { z } from 'zod';
import { readCharacters, selectCharacters } from '../../scripts/launcher/characters.ts';
import { launcherSettings } from '../../scripts/launcher/settings.ts';
import { readText } from './workspaces.ts';

const service = z.strictObject({
  image: z.string(),
  init: z.boolean().optional(),
  restart: z.literal('unless-stopped'),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string().startsWith('127.0.0.1:')).optional(),
  network_mode: z.literal('host').optional(),
  stop_grace_period: z.string().optional(),
  volumes: z.array(z.string()),
  depends_on: z
    .record(z.string(), z.object({ condition: z.literal('service_healthy') }))
    .optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
});
const file = z.looseObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

const { services, volumes } = file.parse(load(readText('compose.yaml')));
const processes = Object.entries(services).filter(([name]) => name !== 'database');
const characters = readCharacters('characters');

/** The agents that a command starts, as the program itself reads it. */
function agentsOf(command: readonly string[], role: 'front' | 'worker'): string[] {
  const at = command.indexOf('--agents');
  const names = at < 0 ? undefined : command[at + 1]?.split(',');
  return selectCharacters(characters, names, role).map(({ name }) => name);
}

test('every agent has one place to work, and one process stands by for all of them', () => {
  const started = processes.map(([, { command = [] }]) => {
    const program = command[3];
    expect(command.slice(0, 3)).toEqual(['node', '--conditions=@371os/source', 'scripts/main.js']);
    const role = z.enum(['start', 'worker']).parse(program) === 'start' ? 'front' : 'worker';
    return { isStandby: command.includes('--standby'), agents: agentsOf(command, role) };
  });
  const working = started.filter(({ isStandby }) => !isStandby).flatMap(({ agents }) => agents);
  expect(working.toSorted()).toEqual(characters.map(({ name }) => name).toSorted());
  expect(started.filter(({ isStandby }) => isStandby)).toHaveLength(1);
});

test('what a service names is there: settings, volumes, services', () => {
  for (const [, { environment, depends_on = {} }] of processes) {
    const own = Object.keys(environment).filter((key) => !key.endsWith('_API_KEY'));
    expect(Object.keys(launcherSettings.shape)).toEqual(expect.arrayContaining(own));
    expect(Object.keys(services)).toEqual(expect.arrayContaining(Object.keys(depends_on)));
  }
  for (const { volumes: mounted } of Object.values(services))
    for (const volume of mounted) expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
});
