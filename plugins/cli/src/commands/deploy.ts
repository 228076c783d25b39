import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { NewDeployment } from '@371os/client';
import { SdlFileError } from '../errors.ts';
import { settle, wordsOf } from '../outcome.ts';
import type { Sessions } from '../program.ts';

interface DeployOptions extends Omit<NewDeployment, 'dockerImage' | 'environment' | 'sdl'> {
  readonly env?: string[];
  readonly sdl?: string;
  readonly yes?: boolean;
}

export function addDeploy(program: Command, sessions: Sessions): void {
  program
    .command('deploy [image]')
    .description('plan a deployment on Akash, and have it made with --yes')
    .option('--sdl <file>', 'an SDL file instead of an image')
    .option('--cpu <cores>', 'such as 0.5')
    .option('--memory <size>', 'such as 512Mi')
    .option('--storage <size>', 'such as 10Gi')
    .option('--replicas <number>', 'how many of it')
    .option('--ports <list>', 'such as 80/http,5432/tcp')
    .option('--env <variable...>', 'NAME=value; a secret as NAME=secret:NAME')
    .option('--max-cost <usd>', 'the most that a month may cost')
    .option('--regions <list>', 'such as eu')
    .option('--yes', 'approve the plan, too')
    .action(async (image: string | undefined, options: DeployOptions, command: Command) => {
      const session = sessions();
      const { client, print, fail } = session;
      const { env, sdl, yes, ...resources } = options;
      if ((image === undefined) === (sdl === undefined))
        command.error('error: say what to deploy: an image such as nginx:1.29, or --sdl FILE');
      const { approvalId, plan } = await client().planDeployment({
        ...{ ...resources, dockerImage: image, environment: env?.join('\n') },
        sdl: sdl === undefined ? undefined : readSdl(sdl),
      });
      if (yes) {
        const done = await client().approve(approvalId);
        print({ approvalId, plan, ...done }, () => wordsOf(done));
        settle(session, [done]);
        return;
      }
      fail();
      const how = `To have it made: npx 371os approvals approve ${approvalId} (or the same command with --yes)`;
      print({ approvalId, plan }, () => [...plan, how].join('\n'));
    });
}

function readSdl(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SdlFileError({ path, problem: error instanceof Error ? error.message : '' });
  }
}
