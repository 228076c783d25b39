import { CompanyClient } from '@371os/client';
import { Command } from 'commander';
import { addAgents } from './commands/agents.ts';
import { addApprovals } from './commands/approvals.ts';
import { addAsk } from './commands/ask.ts';
import { addBudget } from './commands/budget.ts';
import { addDashboard } from './commands/dashboard.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExplain } from './commands/explain.ts';
import { addInit } from './commands/init.ts';
import { addMcp } from './commands/mcp.ts';
import { addTasks } from './commands/tasks.ts';
import type { Environment } from './doctor/check.ts';
import { findServer, type ServerOptions } from './find-server.ts';
import { STILL_WORKING } from './outcome.ts';
import type { Terminal } from './terminal.ts';

interface GlobalOptions extends Omit<ServerOptions, 'token'> {
  readonly as?: string;
  readonly json?: boolean;
}

/** What the commands have in common. */
export interface Session {
  readonly options: GlobalOptions;
  readonly environment: Environment;
  readonly terminal: Terminal;
  /** Where the server is, and the token for it. @throws NoServerError, NoTokenError */
  server: () => { url: string; token: string };
  /** Finds the server at first use. @throws NoServerError, NoTokenError */
  client: () => CompanyClient;
  /** Prints an answer: as JSON when that is wanted, in words otherwise. */
  print: (answer: unknown, words: () => string) => void;
  /** The command did its work, and its answer is no. */
  fail: () => void;
  /** What it began goes on, and ended before that. */
  leave: () => void;
}

/** Commands get their session when they run: the options are known only then. */
export type Sessions = () => Session;

const WHERE_TO_LOOK = `
Without --url it talks to the server that "npm start" runs on the data directory, with the owner
token from there. COMPANY_TOKEN is used instead when it is set.`;

interface ProgramInit {
  /** Where commands leave what the process ends with. */
  readonly exit: { code: number };
  /** Whether what is misspelt is for whoever runs this to tell. */
  readonly isJson: boolean;
}

export function buildProgram(terminal: Terminal, { exit, isJson }: ProgramInit): Command {
  const { environment } = terminal;
  const directory = environment['DATA_DIR'] ?? '.371os';
  const program = new Command('371os')
    .description('Talk to a 371OS company: tasks, agents, budget, approvals.')
    .option('--url <url>', 'address of the server, or COMPANY_URL', environment['COMPANY_URL'])
    .option('--data-dir <directory>', "the company's data, or DATA_DIR", directory)
    .option('--as <name>', 'speak as this guest')
    .option('--json', 'print JSON')
    .addHelpText('after', WHERE_TO_LOOK)
    .configureOutput({
      writeOut: (text) => {
        terminal.write(text);
      },
      writeErr: (text) => {
        if (!isJson) terminal.writeError(text);
      },
    })
    .showSuggestionAfterError()
    .exitOverride();
  const sessions: Sessions = () => sessionOf(program.opts(), terminal, exit);
  const asks = [addAsk, addTasks, addAgents, addBudget, addApprovals, addDeploy];
  const more = [addDashboard, addMcp, addExplain, addInit, addDoctor];
  for (const add of [...asks, ...more]) add(program, sessions);
  return program;
}

function sessionOf(options: GlobalOptions, terminal: Terminal, exit: { code: number }): Session {
  const server = (): { url: string; token: string } =>
    findServer({ ...options, token: terminal.environment['COMPANY_TOKEN'] });
  return {
    ...{ options, terminal, environment: terminal.environment },
    server,
    client: () => new CompanyClient({ ...server(), as: options.as }),
    print: (answer, words) => {
      const text = options.json ? JSON.stringify(answer, null, 2) : words();
      terminal.write(`${text}\n`);
    },
    fail: () => {
      exit.code = 1;
    },
    leave: () => {
      exit.code = STILL_WORKING;
    },
  };
}
