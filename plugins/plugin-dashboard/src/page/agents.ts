import type { AgentLine, AgentsPanel } from '../domain/panels.ts';
import { linkTo, make } from './elements.ts';
import { facts } from './facts.ts';
import { keepChildren } from './keep-children.ts';
import { panelBody } from './panel-body.ts';
import { counted, dollars, span } from './words.ts';

const PHASES = ['creating', 'initialising', 'ready', 'busy', 'draining', 'stopped', 'failed'];

/** The agents, by where they are in their lives. */
export function agentsView(): ReturnType<typeof panelBody<AgentsPanel>> {
  const phases = make('div', { class: 'phases' });
  return panelBody<AgentsPanel>('agents', [phases], ({ agents }) => {
    const groups = PHASES.map((phase) => ({
      phase,
      agents: agents.filter((agent) => agent.phase === phase),
    }));
    keepChildren(
      phases,
      groups.filter((group) => group.agents.length > 0),
      { keyOf: ({ phase }) => phase, make: phaseOf },
    );
  });
}

function phaseOf({ phase, agents }: { phase: string; agents: readonly AgentLine[] }): HTMLElement {
  const title = make('h3', {}, badge(phase), ` ${counted(agents.length, 'agent')}`);
  return make('div', {}, title, make('ul', { class: 'cards' }, ...agents.map(cardOf)));
}

function badge(phase: string): HTMLElement {
  return make('span', { class: `badge ${phase}` }, phase);
}

function cardOf(agent: AgentLine): HTMLElement {
  const { name, role, progress, notice, endpoint, heartbeat, provider } = agent;
  const place = heartbeat === 'here' ? `this machine (${provider})` : provider || 'not known';
  return make(
    'li',
    { class: 'card' },
    make('p', { class: 'title' }, make('strong', {}, name), make('span', { class: 'soft' }, role)),
    facts([
      ['Provider', agent.region === null ? place : `${place} (${agent.region})`],
      ['Lease', leaseOf(agent)],
      ['Heartbeat', heartbeatOf(agent)],
      ['Tasks', tasksOf(agent)],
      ['Answers at', endpoint ? linkTo(endpoint) : null],
    ]),
    progress !== '' && make('p', { class: 'soft' }, progress),
    notice !== null && make('p', { class: 'warning' }, notice),
  );
}

function leaseOf({ lease, monthlyUsd }: AgentLine): string {
  if (lease === null) return 'none';
  return monthlyUsd === null ? lease : `${lease}, ${dollars(monthlyUsd)} a month`;
}

function heartbeatOf({ heartbeat }: AgentLine): string {
  if (heartbeat === 'here') return 'in this process';
  return heartbeat === null ? 'not known' : `${span(Date.now() - heartbeat)} ago`;
}

function tasksOf({ openTasks, concurrency, availability }: AgentLine): string | null {
  if (openTasks === null || concurrency === null) return null;
  return `${openTasks} of ${concurrency}, ${availability ?? ''}`;
}
