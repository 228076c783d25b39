import type { Command } from 'commander';
import { columns } from '../columns.ts';
import type { Sessions } from '../program.ts';
import { wholeNumber } from '../whole-number.ts';

const MOST_DAYS = 366;

interface TokenOptions {
  readonly name: string;
  readonly role: string;
  readonly scopes: string;
  readonly agent?: string;
  readonly days: number;
}

const HOW = `
Programs that start their MCP servers themselves run it with "npx 371os mcp"; those that speak HTTP find
the same at /mcp of the server, with a token.`;

export function addMcp(program: Command, sessions: Sessions): void {
  const mcp = program
    .command('mcp')
    .description('serve the company over MCP, on standard input and output')
    .addHelpText('after', HOW)
    .action(async () => {
      const { server, options, terminal } = sessions();
      const { url, token } = server();
      // Late, since no other command needs it.
      const { StdioProxy } = await import('../mcp/stdio-proxy.ts');
      await new StdioProxy({
        url: new URL('/mcp', url),
        headers: {
          Authorization: `Bearer ${token}`,
          ...(options.as === undefined ? {} : { 'X-Act-As': options.as }),
        },
        input: process.stdin,
        output: process.stdout,
        onError: ({ message }) => {
          terminal.writeError(`${message}\n`);
        },
      }).run();
    });

  mcp
    .command('token')
    .description('make a token for a program that speaks MCP over HTTP')
    .requiredOption('--name <name>', 'of the program or person')
    .option('--role <role>', 'guest, with rooms of its own, or admin', 'guest')
    .option('--scopes <scopes>', 'with commas between them', 'memory:read,memory:write,agents:read')
    .option('--agent <name>', 'for this agent alone')
    .option('--days <number>', 'how long it is good, 366 at most', wholeNumber(1, MOST_DAYS), 30)
    .action(async ({ scopes, ...grant }: TokenOptions) => {
      const { client, print, options, terminal } = sessions();
      const made = await client().makeToken({ ...grant, scopes: scopes.split(',') });
      print(made, () => made.token);
      // The token alone is what a script reads.
      if (!options.json)
        terminal.writeError(`Its id is ${made.id}: mcp revoke --id ends it alone.\n`);
    });

  mcp
    .command('tokens')
    .description('the tokens that were made')
    .command('list')
    .description('those that have not run out, without the tokens, the newest first')
    .action(async () => {
      const { client, print } = sessions();
      const tokens = await client().listTokens();
      print({ tokens }, () =>
        tokens.length === 0
          ? 'There are no tokens.'
          : columns([
              ['id', 'name', 'role', 'for', 'agent', 'until'],
              ...tokens.map(({ id, name, role, scopes, agent, expiresAt, isEnded }) => [
                ...[id, name, role, scopes.join(','), agent ?? 'all'],
                isEnded ? 'ended' : expiresAt,
              ]),
            ]),
      );
    });

  mcp
    .command('revoke')
    .description(
      'end the tokens of a program before their time, such as one that was seen by others',
    )
    .argument('[name]', 'of the program or person, as the tokens were made')
    .option('--id <id>', 'one token alone, as "mcp tokens list" shows it')
    .action(async (name: string | undefined, { id }: { id?: string }, command: Command) => {
      const { client, print } = sessions();
      if ((name === undefined) === (id === undefined))
        command.error('error: say which: the name of a program, or --id ID of one token');
      if (id !== undefined) {
        const token = await client().endToken(id);
        const others = `the others of ${token.name} stay good`;
        print({ token }, () => `The token ${id} is refused from now on; ${others}.`);
        return;
      }
      if (name === undefined) return;
      await client().endTokens(name);
      print(
        { name },
        () => `The tokens of ${name} are refused from now on; one that is made now is good.`,
      );
    });
}
