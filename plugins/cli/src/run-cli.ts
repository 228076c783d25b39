import { existsSync } from 'node:fs';
import { CompanyError, LifeTimedOutError } from '@371os/client';
import { CommanderError } from 'commander';
import { buildProgram } from './program.ts';
import { CliError, DotEnvError } from './errors.ts';
import { STILL_WORKING } from './outcome.ts';
import type { Terminal } from './terminal.ts';

export type { Terminal } from './terminal.ts';

/** Runs the 371os command. @returns the exit code: 0, 1 when it failed, 2 when it was misspelt, 3 when its work goes on */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const isJson = args.includes('--json');
  try {
    readDotEnv();
    const exit = { code: 0 };
    await buildProgram(terminal, { exit, isJson }).parseAsync(args, { from: 'user' });
    return exit.code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const isMisspelt = error instanceof CommanderError;
    const goesOn = error instanceof LifeTimedOutError;
    const { code, message } = describe(error);
    if (isJson)
      terminal.write(
        `${JSON.stringify({ error: { code, message }, ...(goesOn ? { state: 'WORKING' } : {}) }, null, 2)}\n`,
      );
    // What is misspelt has been told by the one who reads the words.
    else if (!isMisspelt) terminal.writeError(`${message}\n`);
    if (isMisspelt) return 2;
    if (goesOn) return STILL_WORKING;
    return error instanceof CliError ? error.exitCode : 1;
  }
}

// What npm start reads, too; the environment itself comes first.
function readDotEnv(): void {
  if (!existsSync('.env')) return;
  try {
    process.loadEnvFile('.env');
  } catch (cause) {
    throw new DotEnvError({
      problem: cause instanceof Error ? cause.message.replace(/\.$/, '') : '',
    });
  }
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof CommanderError) return { code: 'USAGE', message: usageProblem(error) };
  if (error instanceof CompanyError || error instanceof CliError) return error;
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}

function usageProblem({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'A command is missing: --help shows which there are.';
  return message.replace(/^error: /, '');
}
