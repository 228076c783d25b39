// A process of its own that serves MCP: `coordination-worker.ts JSON`, where JSON has the address of
// a PostgreSQL. It says `ready`, then `url` and where it listens, and ends when it is told nothing more.
import { once } from 'node:events';
import { McpHost } from '../coordination/mcp-fixture.ts';

const { postgresUrl } = JSON.parse(process.argv[2] ?? '{}') as { postgresUrl: string };
process.env['POSTGRES_URL'] = postgresUrl;
const host = await McpHost.start();
console.log('ready');
console.log(`url ${host.url}`);
process.stdin.resume();
await once(process.stdin, 'end');
await host.stop();
process.exit(0);
