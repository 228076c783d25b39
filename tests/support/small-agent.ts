// A program that answers as a hosted agent does, as far as whoever makes, keeps and ends agents asks: an
// agent's own program takes 14 s of CPU time until it answers. It writes down in the file COPIES when it
// begins and ends, and which task it takes, ends and has canceled at which port; and one whose name begins with "Never" does not get ready.
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
const AGENTS = { agents: name.startsWith('Never') ? [] : [profile] };

interface Memory {
  readonly rooms: unknown[];
  readonly memories: Record<string, unknown[]>;
}

/** What it was given to remember. */
const memory: Memory = { rooms: [], memories: {} };

async function remember(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { rooms, memories } = (await json(request)) as Memory;
  memory.rooms.push(...rooms);
  for (const [table, rows] of Object.entries(memories))
    memory.memories[table] = [...(memory.memories[table] ?? []), ...rows];
  answer(response, 200, { restored: Object.values(memories).flat().length });
}

function note(...words: string[]): void {
  appendFileSync(COPIES, `${words.join(' ')}\n`);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

// Longer than half a second, after which it is noted that an agent is busy.
const SLOW_MS = 3_000;
const LONG_MS = 20_000;

interface Known {
  readonly text: string;
  state: 'WORKING' | 'COMPLETED' | 'CANCELED';
}

const tasks = new Map<string, Known>();

/** Does whatever it is given. */
async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { text, task: taskId } = (await json(request)) as { text: string; task: string };
  const known: Known = tasks.get(taskId) ?? { text, state: 'WORKING' };
  tasks.set(taskId, known);
  note('task', taskId, 'begins', SERVER_PORT);
  if (text.includes('slowly')) await pause(text.includes('very') ? LONG_MS : SLOW_MS);
  if (known.state === 'WORKING') {
    known.state = 'COMPLETED';
    note('task', taskId, 'ends', SERVER_PORT);
  }
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const task = shown(taskId, known);
  const body = { text: task.answer, tasks: [task], costUsd: 0, decisions: [] };
  response.end(`event: reply\ndata: ${JSON.stringify(body)}\n\n`);
}

function shown(taskId: string, { text, state }: Known) {
  return {
    ...{ id: taskId, agent: name, text, state, answer: `Done there: ${text}`, model: 'none' },
    ...{ costUsd: 0, reason: 'you asked for it', dependsOn: [] },
  };
}

/** What is asked of a task that it knows: how it stands, or its end. */
function tell(response: ServerResponse, taskId: string, isCancel: boolean): void {
  const known = tasks.get(taskId);
  const error = { code: 'UNKNOWN_TASK', message: 'There is no such task.' };
  if (!known) return answer(response, 404, { error });
  if (isCancel && known.state === 'WORKING') {
    known.state = 'CANCELED';
    note('task', taskId, 'canceled', SERVER_PORT);
  }
  answer(response, 200, { task: shown(taskId, known) });
}

note(id, 'begins');
process.stdout.write(`Answers as ${name}.\n`);
process.on('SIGTERM', () => {
  note(id, 'ends');
  process.exit(0);
});
createServer((request, response) => {
  const { url = '', method, headers } = request;
  const [, taskId, cancel] = /^\/router\/tasks\/([\w-]+)(\/cancel)?$/.exec(url) ?? [];
  const error = { code: 'UNAUTHORIZED', message: 'That is not my token.' };
  if (headers.authorization !== `Bearer ${AGENT_TOKEN}`) answer(response, 401, { error });
  else if (url === '/router/messages') void reply(request, response);
  else if (taskId !== undefined) tell(response, taskId, cancel !== undefined);
  else if (url === '/router/agents') answer(response, 200, AGENTS);
  else if (url === '/lifecycle/memory' && method === 'POST') void remember(request, response);
  else if (url === '/lifecycle/memory') answer(response, 200, memory);
  else answer(response, 404, { error: { code: 'NOT_FOUND', message: 'There is nothing here.' } });
}).listen(Number(SERVER_PORT), '127.0.0.1');
