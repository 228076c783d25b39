import { describe, expect, test } from '@jest/globals';
import type { IAgentRuntime, Memory } from '@elizaos/core';
import {
  booleanSetting,
  integerSetting,
  InvalidArgumentsError,
  OWNER,
  parseArguments,
  registerCommands,
  registerCommandSource,
  typedCommand,
  usageOf,
  type Command,
} from '@371os/kernel';
import fc from 'fast-check';
import { z } from 'zod';
import { explainCommand, runCommand } from '../../plugins/kernel/src/commands.ts';

const DEPLOY = {
  schema: z.object({
    image: z.string().describe('the image that is to run'),
    maxCost: z.string().regex(/^\d+$/, 'whole dollars are expected').optional(),
    replicas: integerSetting(1, 50).default(1),
    dryRun: booleanSetting.default(false).describe('only says what would be done'),
  }),
  positional: ['image'],
  switches: ['dryRun'],
} as const;
const WRITE = {
  schema: z.object({ subject: z.string(), depth: z.enum(['brief', 'full']).default('full') }),
  positional: ['subject'],
  takesRest: true,
} as const;

describe('the arguments of a command', () => {
  test.each([
    ['nginx', { image: 'nginx', replicas: 1, dryRun: false }],
    ['nginx --replicas 3', { image: 'nginx', replicas: 3, dryRun: false }],
    ['--replicas=3 nginx', { image: 'nginx', replicas: 3, dryRun: false }],
    ['--dry-run nginx', { image: 'nginx', replicas: 1, dryRun: true }],
    ['nginx --dry-run=no', { image: 'nginx', replicas: 1, dryRun: false }],
    ['--image nginx', { image: 'nginx', replicas: 1, dryRun: false }],
    ['"my image" —max-cost 5', { image: 'my image', maxCost: '5', replicas: 1, dryRun: false }],
    ['"a ""big"" image"', { image: 'a "big" image', replicas: 1, dryRun: false }],
    ['--image="a ""big"" one"', { image: 'a "big" one', replicas: 1, dryRun: false }],
    ['--image=""', { image: '', replicas: 1, dryRun: false }],
    ['-- --odd', { image: '--odd', replicas: 1, dryRun: false }],
  ])('%p is read', (text, given) => {
    expect(parseArguments('deploy', text, DEPLOY)).toEqual(given);
  });

  test.each([
    ['a shop, in two lines\nof text', 'a shop, in two lines\nof text', 'full'],
    ['--depth brief a shop', 'a shop', 'brief'],
    ['a shop --depth=brief with a till', 'a shop with a till', 'brief'],
    ['"a shop"', 'a shop', 'full'],
    ['a "big" shop', 'a "big" shop', 'full'],
    ['the flags --watch and --quiet of a tool', 'the flags --watch and --quiet of a tool', 'full'],
    ['-- a shop --depth brief', 'a shop --depth brief', 'full'],
    ["don't stop", "don't stop", 'full'],
  ])('%p ends in free text', (text, subject, depth) => {
    expect(parseArguments('write', text, WRITE)).toEqual({ subject, depth });
  });

  test.each([
    ['', 'IMAGE is missing.'],
    ['nginx redis', '"redis" is too much.'],
    ['nginx --replica 2', 'There is no --replica. Did you mean --replicas?'],
    ['nginx --replicas', '--replicas needs a value.'],
    ['nginx --replicas --dry-run', '--replicas needs a value.'],
    ['nginx --replicas many', '--replicas cannot be "many": a whole number from 1 to 50'],
    ['nginx --replicas 51', '--replicas cannot be "51"'],
    ['nginx --max-cost 5.5', '--max-cost cannot be "5.5": whole dollars are expected.'],
    ['nginx --replicas 2 --replicas 3', '--replicas is there more than once.'],
  ])('%p is refused', (text, problem) => {
    expect(() => parseArguments('deploy', text, DEPLOY)).toThrow(InvalidArgumentsError);
    expect(() => parseArguments('deploy', text, DEPLOY)).toThrow(problem);
    expect(() => parseArguments('deploy', text, DEPLOY)).toThrow(/Write \/deploy IMAGE .*\/help/);
  });

  test('a flag that was misspelt in free text is no text', () => {
    expect(() => parseArguments('write', 'a shop --dept brief', WRITE)).toThrow(
      'There is no --dept. Did you mean --depth?',
    );
  });

  test('whatever is typed ends, in arguments or in a sentence', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        try {
          expect(typeof parseArguments('write', text, WRITE).subject).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidArgumentsError);
        }
      }),
    );
  });

  test('words behind the end of flags are the words that were typed', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z-]{1,9}( [a-z-]{1,9}){0,5}$/), (words) => {
        expect(parseArguments('write', `-- ${words}`, WRITE).subject).toBe(words);
      }),
    );
  });
});

describe('a command with arguments', () => {
  const message = { content: { text: '' } } as Memory;
  const deploy = typedCommand({
    name: 'deploy',
    summary: 'plans a deployment',
    minimumRole: 'admin',
    takes: DEPLOY,
    run: (_call, { image, replicas }) => Promise.resolve(`${replicas} of ${image}`),
  });

  function agentWith(...commands: Command[]): IAgentRuntime {
    const runtime = {} as IAgentRuntime;
    registerCommands(runtime, commands);
    return runtime;
  }

  test('runs with them', async () => {
    const call = { runtime: agentWith(deploy), message, principal: OWNER };
    const argument = 'nginx --replicas 2';
    await expect(runCommand('deploy', { ...call, argument })).resolves.toBe('2 of nginx');
  });

  test('is explained to whoever may use it', async () => {
    expect(usageOf('deploy', DEPLOY)).toBe(
      '/deploy IMAGE [--max-cost VALUE] [--replicas VALUE] [--dry-run]',
    );
    const runtime = agentWith(deploy);
    const said = await explainCommand('deploy', { runtime, principal: OWNER });
    expect(said).toMatch(/^\/deploy IMAGE .* - plans a deployment\n {2}IMAGE: the image that/);
    const guest = { id: 'guest:ann', role: 'guest', proof: 'token' } as const;
    const refused = await explainCommand('deploy', { runtime, principal: guest });
    expect(refused).toBe('There is no command /deploy. /help lists them all.');
  });

  test('a near miss is found by its letters, among those that may be used', async () => {
    const call = { runtime: agentWith(deploy), message, argument: '' };
    await expect(runCommand('delpoy', { ...call, principal: OWNER })).resolves.toMatch(
      /Did you mean \/deploy\?/,
    );
  });

  test('commands of a source come and go, and take no registered name', async () => {
    const runtime = agentWith(deploy);
    const named = (name: string): Command => ({
      ...{ name, usage: `/${name}`, summary: 'of a file', minimumRole: 'guest' },
      run: () => Promise.resolve(`${name} of a file`),
    });
    let files: string[] = [];
    let seen: Command[] = [];
    const leave = registerCommandSource(runtime, {
      commands: () => seen,
      refresh: () => {
        seen = files.map(named);
        return Promise.resolve();
      },
    });
    const call = { runtime, message, principal: OWNER, argument: 'nginx' };
    await expect(runCommand('write', call)).resolves.toMatch(/no command \/write/);
    files = ['write', 'deploy'];
    await expect(runCommand('write', call)).resolves.toBe('write of a file');
    await expect(runCommand('deploy', call)).resolves.toBe('1 of nginx');
    leave();
    await expect(runCommand('write', call)).resolves.toMatch(/no command \/write/);
  });
});
