import { resolve } from 'node:path';
import type { Command } from 'commander';
import { columns } from '../columns.ts';
import type { Check, Environment, Finding } from '../doctor/check.ts';
import { dataDirectoryCheck, diskCheck, nodeCheck, serverCheck } from '../doctor/machine.ts';
import { databaseCheck, modelChecks, networkChecks } from '../doctor/networks.ts';
import { settingFileChecks, withSettingFiles } from '../doctor/setting-files.ts';
import type { Sessions } from '../program.ts';

const DEFAULT_PORT = 3710;
const DEFAULT_RESERVE_MB = 64;

interface Examined extends Finding {
  readonly name: string;
}

export function addDoctor(program: Command, sessions: Sessions): void {
  program
    .command('doctor')
    .description(
      'look at Node, data, server, database, keys and networks, and say how to mend them',
    )
    .action(async () => {
      const { options, environment, print, fail } = sessions();
      const checks = checksOf(resolve(options.dataDir), environment);
      const examined = await Promise.all(checks.map(examine));
      print({ checks: examined }, () => words(examined));
      if (examined.some(({ state }) => state === 'failed')) fail();
    });
}

function checksOf(directory: string, bare: Environment): Check[] {
  const environment = withSettingFiles(bare);
  return [
    nodeCheck(process.versions.node),
    dataDirectoryCheck(directory),
    ...settingFileChecks(bare),
    ...(environment['POSTGRES_URL'] ? [] : [diskCheck(directory, reserveOf(environment))]),
    serverCheck(directory, Number(environment['SERVER_PORT']) || DEFAULT_PORT),
    databaseCheck(environment),
    ...modelChecks(environment),
    ...networkChecks(environment),
  ];
}

function reserveOf(environment: Environment): number {
  return Number(environment['DISK_RESERVE_MB']) || DEFAULT_RESERVE_MB;
}

async function examine({ name, run }: Check): Promise<Examined> {
  return { name, ...(await run()) };
}

function words(examined: readonly Examined[]): string {
  const table = columns(examined.map(({ name, state, found }) => [name, state, found]));
  const mends = examined.flatMap(({ name, mend }) => (mend ? [`${name}: ${mend}`] : []));
  return [table, ...mends].join('\n');
}
