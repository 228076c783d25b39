import { describe, expect, test } from '@jest/globals';
import {
  booleanSetting,
  integerSetting,
  parseArguments,
  typedCommand,
  type Command,
  type CommandArguments,
} from '@371os/kernel';
import { applicationCommands, commandLine, type ApplicationCommand } from '@371os/plugin-channels';
import fc from 'fast-check';
import { z } from 'zod';
import { parseCommand } from '../../plugins/kernel/src/commands.ts';
import { argumentsOf } from '../../plugins/plugin-comet/src/commands/shortcut-arguments.ts';
import { readArguments } from '../../plugins/plugin-comet/src/domain/argument.ts';
import type { Shortcut } from '../../plugins/plugin-comet/src/domain/shortcut.ts';

const run = (): Promise<string> => Promise.resolve('done');
const DEPLOY = {
  schema: z.object({
    maxCost: z.coerce.number().optional().describe('most US dollars a month'),
    image: z.string().describe('the image that is to run'),
    replicas: integerSetting(1, 50).default(1),
    depth: z.enum(['brief', 'full']).default('full'),
    dryRun: booleanSetting.default(true),
    region: z.string(),
  }),
  positional: ['image'],
  switches: ['dryRun'],
} as const;

function typed<Shape extends z.ZodRawShape>(takes: CommandArguments<Shape>): Command {
  return typedCommand({ name: 'deploy', summary: 'deploys', minimumRole: 'guest', takes, run });
}

function plain(name: string, usage = `/${name}`, summary = 'does it'): Command {
  return { name, usage, summary, minimumRole: 'guest', run };
}

function only(command: Command): ApplicationCommand {
  const [made] = applicationCommands([command]);
  expect(made).toBeDefined();
  return made!;
}

describe('applicationCommands', () => {
  test('has the arguments of a command as options, what has to be given first', () => {
    const string = { type: 3, required: false };
    expect(only(typed(DEPLOY))).toEqual({
      ...{ type: 1, name: 'deploy', description: 'deploys' },
      options: [
        { ...string, name: 'image', description: 'the image that is to run', required: true },
        { ...string, name: 'region', description: 'region', required: true },
        { type: 10, name: 'max-cost', description: 'most US dollars a month', required: false },
        { type: 4, name: 'replicas', description: 'replicas', required: false },
        {
          ...{ ...string, name: 'depth', description: 'depth' },
          choices: [
            { name: 'brief', value: 'brief' },
            { name: 'full', value: 'full' },
          ],
        },
        { type: 5, name: 'dry-run', description: 'dry-run', required: false },
      ],
    });
  });

  test.each([
    ['/why', []],
    ['/approve ID', [['id', 'ID', true]]],
    ['/help [NAME]', [['name', '[NAME]', false]]],
    ['/cap CATEGORY AMOUNT [WINDOW]', [['arguments', 'CATEGORY AMOUNT [WINDOW]', true]]],
    ['/backup [on|off [REASON]]', [['arguments', '[on|off [REASON]]', false]]],
  ])('%s has one option for what it reads itself', (usage, options) => {
    expect(only(plain('any', usage)).options).toEqual(
      options.map(([name, description, required]) => ({ type: 3, name, description, required })),
    );
  });

  test('has the arguments of a shortcut, with what they may be', () => {
    const { declared } = readArguments(
      'subject: text\ndepth: brief|full = full\npages: integer 1..20 = 5\ndraft: switch',
    );
    const takes = argumentsOf({ takes: declared } as Shortcut);
    expect(
      only(typed(takes)).options.map(({ name, type, choices = [] }) => [
        name,
        type,
        choices.length,
      ]),
    ).toEqual([
      ['subject', 3, 0],
      ['depth', 3, 2],
      ['pages', 4, 0],
      ['draft', 5, 0],
      ['to', 3, 0],
      ['file', 3, 0],
    ]);
  });

  test('leaves out what Discord cannot express', () => {
    const fields = (names: readonly string[]): CommandArguments => ({
      schema: z.object(Object.fromEntries(names.map((name) => [name, z.string().optional()]))),
    });
    const many = Array.from({ length: 30 }, (_, index) => `field${index}`);
    expect(only(typed(fields(many))).options).toHaveLength(25);
    expect(only(typed(fields(['x'.repeat(32), 'y'.repeat(33)]))).options).toHaveLength(1);
    const needed = { schema: z.object({ ['x'.repeat(33)]: z.string() }) };
    const names = ['Upper', 'with space', 'x'.repeat(33), '', 'fine-1', 'größe'];
    expect(
      applicationCommands([...names.map((name) => plain(name)), typed(needed)]).map(
        ({ name }) => name,
      ),
    ).toEqual(['fine-1', 'größe']);
    const crowd = Array.from({ length: 120 }, (_, index) => plain(`command${index}`));
    expect(applicationCommands(crowd)).toHaveLength(100);
  });

  test('keeps within the lengths, whatever a file says', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 });
    fc.assert(
      fc.property(
        text,
        text,
        fc.array(text, { minLength: 1, maxLength: 40 }),
        (summary, about, values) => {
          const schema = z.object(
            Object.fromEntries(
              Array.from({ length: 24 }, (_, index) => [
                `field${index}`,
                z.enum(values as [string]).describe(about),
              ]),
            ),
          );
          const command = typedCommand({ ...plain('any', '/any', summary), takes: { schema } });
          const { description, options } = only(command);
          expect(description.length).toBeGreaterThan(0);
          const texts = options.flatMap(({ name, description: said, choices = [] }) => {
            expect(said.length).toBeGreaterThan(0);
            expect(said.length).toBeLessThanOrEqual(100);
            expect(choices.length).toBeLessThanOrEqual(25);
            return [name, said, ...choices.flatMap((choice) => [choice.name, choice.value])];
          });
          expect([description, ...texts].join('').length).toBeLessThanOrEqual(4_000);
          expect(description.length).toBeLessThanOrEqual(100);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('commandLine', () => {
  test.each([
    [{ image: 'nginx:alpine', region: 'eu' }, '/deploy nginx:alpine --region eu'],
    [
      { image: 'my "own" image', region: '--dry-run', 'max-cost': 2.5, 'dry-run': false },
      '/deploy "my ""own"" image" --max-cost 2.5 --dry-run=false --region "--dry-run"',
    ],
    [{ region: 'eu', 'dry-run': true }, '/deploy --dry-run --region eu'],
  ])('%j is %s', (given, line) => {
    expect(commandLine(typed(DEPLOY), given)).toBe(line);
  });

  test('is what somebody would type for a command that reads its argument itself', () => {
    const cap = plain('cap', '/cap CATEGORY AMOUNT');
    expect(commandLine(cap, { arguments: 'llm 50 month' })).toBe('/cap llm 50 month');
    expect(commandLine(plain('why'), {})).toBe('/why');
  });

  test('is read as the values that were given, whatever is in them', () => {
    const takes = {
      schema: z.object({
        first: z.string().optional(),
        second: z.string().optional(),
        text: z.string().optional(),
        maxCost: z.string().optional(),
        dryRun: z.enum(['true', 'false']).optional(),
      }),
      positional: ['first', 'second', 'text'],
      takesRest: true,
      switches: ['dryRun'],
    } as const;
    const part = fc.oneof(
      fc.constantFrom('"', '""', '“', '”', ' ', '\n', '--', '—', '--max-cost', '--dry-run', '-- '),
      fc.constantFrom('=', '\\', '/approve K7QP2M3A', "'", '\u00a0', '\ufeff', '--text="'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
    for (const takesRest of [true, false])
      fc.assert(
        fc.property(
          fc.record(
            {
              ...{ first: text, second: text, text: text, 'max-cost': text },
              'dry-run': fc.boolean(),
            },
            { requiredKeys: [] },
          ),
          (given) => {
            const { 'max-cost': maxCost, 'dry-run': dryRun, ...rest } = given;
            const command = parseCommand(commandLine(typed({ ...takes, takesRest }), given));
            expect(command?.name).toBe('deploy');
            expect(
              parseArguments('deploy', command?.argument ?? '', { ...takes, takesRest }),
            ).toEqual({
              ...rest,
              ...(maxCost === undefined ? {} : { maxCost }),
              ...(dryRun === undefined ? {} : { dryRun: String(dryRun) }),
            });
          },
        ),
        { numRuns: 400 },
      );
  });
});
