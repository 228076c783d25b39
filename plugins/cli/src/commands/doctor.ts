import { resolve } from 'node:path';
import type { Command } from 'commander';
import { botChecks } from '../doctor/bots.ts';
import { examine, inWords, type Check, type Environment } from '../doctor/check.ts';
import { keystoreChecks } from '../doctor/keystores.ts';
import { ggufChecks, localServerChecks } from '../doctor/local-models.ts';
import { dataDirectoryCheck, diskCheck, nodeCheck, serverCheck } from '../doctor/machine.ts';
import { databaseCheck, modelChecks, networkChecks } from '../doctor/networks.ts';
import { settingFileChecks, withSettingFiles } from '../doctor/setting-files.ts';
import type { Sessions } from '../program.ts';

const DEFAULT_PORT = 3710;
const DEFAULT_RESERVE_MB = 64;

export function addDoctor(program: Command, sessions: Sessions): void {
  program
    .command('doctor')
    .description(
      'look at Node, data, server, database, keys, bots and networks, and say how to mend them',
    )
    .action(async () => {
      const { options, environment, print, fail } = sessions();
      const checks = checksOf(resolve(options.dataDir), environment);
      const examined = await Promise.all(checks.map(examine));
      print({ checks: examined }, () => inWords(examined));
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
    ...localServerChecks(environment),
    ...ggufChecks(environment),
    ...networkChecks(environment),
    ...keystoreChecks(environment),
    ...botChecks(environment),
  ];
}

function reserveOf(environment: Environment): number {
  return Number(environment['DISK_RESERVE_MB']) || DEFAULT_RESERVE_MB;
}
