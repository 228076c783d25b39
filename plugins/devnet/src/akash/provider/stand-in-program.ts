// A program of its own: the web server that stands for an image that this machine does not run. It
// says so in everything that it answers. Its one argument is JSON: image, service, ports. It ends
// when its parent does, since then its standard input ends.
import { createServer } from 'node:http';

interface Order {
  readonly image: string;
  readonly service: string;
  readonly ports: readonly number[];
}

const { image, service, ports } = JSON.parse(process.argv[2] ?? '{}') as Order;
const TEXT = `This is a stand-in for ${image}, run by the 371OS devnet: no container runs here.`;

for (const port of ports)
  createServer((request, response) => {
    process.stdout.write(`${request.method ?? ''} ${request.url ?? ''}\n`);
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'X-371OS-Devnet': 'stand-in',
    });
    response.end(JSON.stringify({ message: TEXT, isStandIn: true, image, service, port }));
  }).listen(port, '127.0.0.1', () => {
    process.stdout.write(`${TEXT} It listens on port ${String(port)}.\n`);
  });

process.stdin.on('close', () => process.exit(0)).resume();
process.on('SIGTERM', () => process.exit(0));
