import { requireScopes, type GetPromptResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Counter } from './offers.ts';

const words = z.string().min(1).max(16_384);

/** What a person picks from a menu, to begin with the company. */
export function offerPrompts(server: Counter): void {
  server.registerPrompt(
    'ask_company',
    {
      title: 'Ask the company',
      description: 'Have the company of agents do something, and hear what came of it',
      argsSchema: z.object({ task: words.describe('What is to be done'), agent: words.optional() }),
      scopeChallenge: requireScopes('agents:run'),
    },
    ({ task, agent }) =>
      saying(
        `Have this done with delegate_task${agent === undefined ? '' : `, by ${agent}`}: ${task}\n\nWhen it is still being worked on, look again with get_task. Tell me who did it, what it cost, and the answer in their words.`,
      ),
  );
  server.registerPrompt(
    'recall',
    {
      title: 'Recall',
      description: 'What the company remembers about something',
      argsSchema: z.object({ topic: words.describe('What about') }),
      scopeChallenge: requireScopes('memory:read'),
    },
    ({ topic }) =>
      saying(
        `Look for what is remembered about ${topic} with search_nodes, open what it is related to with open_nodes, and tell me what is known, by whom and since when.`,
      ),
  );
}

/** A prompt that a person says. */
export function saying(text: string): GetPromptResult {
  return { messages: [{ role: 'user', content: { type: 'text', text } }] };
}
