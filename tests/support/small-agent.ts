// A program that answers as a hosted agent does, as far as whoever makes, keeps and ends agents asks: an
// agent's own program takes 14 s of CPU time until it answers. It writes down in the file COPIES when it
// begins and ends, and one whose name begins with "Never" does not get ready.
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const { AGENT_CHARACTER = '{}', AGENT_TOKEN = '', SERVER_PORT = '0', COPIES = '' } = process.env;
const { id, name } = JSON.parse(AGENT_CHARACTER) as { id: string; name: string };

const profile = {
  ...{ name, role: 'AGENT', capabilities: [], availability: 'idle' },
  ...{ openTasks: 0, concurrency: 1, failuresInARow: 0 },
};
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/router/agents': { agents: name.startsWith('Never') ? [] : [profile] },
  '/lifecycle/memory': { rooms: [], memories: {} },
};

function note(what: 'begins' | 'ends'): void {
  appendFileSync(COPIES, `${id} ${what}\n`);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

// Longer than half a second, after which it is noted that an agent is busy.
const SLOW_MS = 3_000;

/** Does whatever it is given. */
async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { text, task: taskId } = (await json(request)) as { text: string; task: string };
  if (text.includes('slowly')) await pause(SLOW_MS);
  const words = `Done there: ${text}`;
  const task = {
    ...{ id: taskId, agent: name, text, state: 'COMPLETED', answer: words, model: 'none' },
    ...{ costUsd: 0, reason: 'you asked for it', dependsOn: [] },
  };
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const body = { text: words, tasks: [task], costUsd: 0, decisions: [] };
  response.end(`event: reply\ndata: ${JSON.stringify(body)}\n\n`);
}

note('begins');
process.on('SIGTERM', () => {
  note('ends');
  process.exit(0);
});
createServer((request, response) => {
  const { url = '', headers } = request;
  const error = { code: 'UNAUTHORIZED', message: 'That is not my token.' };
  if (headers.authorization !== `Bearer ${AGENT_TOKEN}`) answer(response, 401, { error });
  else if (url === '/router/messages') void reply(request, response);
  else if (url in ANSWERS) answer(response, 200, ANSWERS[url]);
  else answer(response, 404, { error: { code: 'NOT_FOUND', message: 'There is nothing here.' } });
}).listen(Number(SERVER_PORT), '127.0.0.1');
