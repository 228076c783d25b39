// A child of the request bench: three agents of ElizaOS alone each answer a part, at the same time,
// with one call to the same model server.
import { z } from 'zod';
import { startBareAgents } from './bare-agents.ts';
import { REQUEST_PARTS } from './request-parts.ts';
import { openRoom } from './time-messages.ts';
import { takeTurns } from './turns.ts';

const completion = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
});

async function askModel(prompt: string): Promise<string> {
  const response = await fetch(`${process.env['OPENAI_BASE_URL'] ?? ''}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: prompt }] }),
  });
  const { choices } = completion.parse(await response.json());
  return choices[0].message.content;
}

const agents = await startBareAgents(REQUEST_PARTS.length, askModel);
const rooms = await Promise.all(agents.map(openRoom));
takeTurns(
  () => Promise.all(rooms.map((say, index) => say(REQUEST_PARTS[index] ?? ''))),
  () => Promise.resolve(),
);
