import type { Command } from 'commander';
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
      const { client, print } = sessions();
      const token = await client().makeToken({ ...grant, scopes: scopes.split(',') });
      print({ token }, () => token);
    });

  mcp
    .command('revoke')
    .description(
      'end the tokens of a program before their time, such as one that was seen by others',
    )
    .argument('<name>', 'of the program or person, as the tokens were made')
    .action(async (name: string) => {
      const { client, print } = sessions();
      await client().endTokens(name);
      print(
        { name },
        () => `The tokens of ${name} are refused from now on; one that is made now is good.`,
      );
    });
}
