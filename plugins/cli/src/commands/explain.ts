import type { Configuration, SettingReport } from '@371os/client';
import type { Command } from 'commander';
import { brief, columns } from '../columns.ts';
import type { Sessions } from '../program.ts';

export function addExplain(program: Command, sessions: Sessions): void {
  program
    .command('explain [setting]')
    .description('where a setting of an agent comes from, or all of them')
    .option('--agent <name>', 'of this agent')
    .action(async (setting: string | undefined, { agent }: { agent?: string }) => {
      const { client, print } = sessions();
      const found = await client().explainSettings({ agent, setting });
      print(found, () => words(found, setting === undefined));
    });
}

function words({ agent, settings, problem }: Configuration, isTable: boolean): string {
  return [
    isTable ? table(agent, settings) : settings.map(({ text }) => text).join('\n'),
    ...(problem === undefined
      ? []
      : [`The registration of ${agent} cannot be believed now, so it changes nothing: ${problem}`]),
  ].join('\n\n');
}

function table(agent: string, settings: readonly SettingReport[]): string {
  return columns([
    [`setting of ${agent}`, 'value', 'origin'],
    ...settings.map(({ setting, origin }) => [
      ...[setting, brief(origin?.value ?? 'not set', 40), origin?.place ?? ''],
    ]),
  ]);
}
