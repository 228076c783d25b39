// A model server on loopback that always says the same, in a process of its own, so that its work
// is not counted as anybody's. Prints its address.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';

const ANSWER = JSON.stringify({
  id: 'scripted',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'A short answer.' },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 1_800, completion_tokens: 4, total_tokens: 1_804 },
});

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
  });
});
// Connections are kept, so that nobody meets one that is just being closed.
Object.assign(server, { keepAliveTimeout: 600_000, headersTimeout: 0, requestTimeout: 0 });
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1\n`);
