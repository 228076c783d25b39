// A child of the request bench: the company answers one request of three parts each turn.
import { OWNER } from '@371os/kernel';
import { routerOf } from '@371os/plugin-router';
import { agentNamed, launchCompany } from './launch-company.ts';
import { REQUEST_PARTS } from './request-parts.ts';
import { takeTurns } from './turns.ts';

const company = await launchCompany();
const router = await routerOf(agentNamed(company, 'Front Desk'));
const text = REQUEST_PARTS.map((part, index) => `${String(index + 1)}. ${part}`).join('\n');

async function ask(): Promise<void> {
  const { tasks } = await router.ask({ text, principal: OWNER, room: 'bench' });
  const agents = new Set(tasks.map(({ agent }) => agent));
  const isDone = tasks.every(({ state }) => state === 'COMPLETED');
  if (agents.size !== REQUEST_PARTS.length || !isDone)
    throw new RangeError(
      `not three answers of three agents: ${JSON.stringify(tasks.map(({ agent, state, text: part, answer }) => [agent, state, part, answer]))}`,
    );
}

takeTurns(ask, () => company.stop());
