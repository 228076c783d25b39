import { createUniqueUuid, type IAgentRuntime } from '@elizaos/core';
import { hasRole, type Principal } from '@371os/kernel';
import { UnknownAgentError, type RouterService } from '@371os/plugin-router';
import { hasEnded, shortId, type Task, type TasksService } from '@371os/plugin-tasks';
import type { ContextParts } from '../../domain/context/compose-context.ts';
import { requireAgent, type Access } from '../../domain/access/access.ts';
import { ContextRefusedError } from '../../errors/context.ts';
import type { ContextSource, NoteStore, Wanted } from '../../ports/context.ts';
import type { Colleagues } from '../../ports/work.ts';

export interface CompanyContextComponents {
  readonly frontDesk: IAgentRuntime;
  readonly router: Pick<RouterService, 'listAgents'>;
  readonly tasks: Pick<TasksService, 'list'>;
  readonly notes: NoteStore;
}

interface KnownAgent {
  readonly name: string;
  readonly line: string;
  /** The front desk has a part in whatever is asked in a conversation. */
  readonly isFrontDesk: boolean;
}

const MOST_TASKS = 50;
const LONGEST_LINE = 8_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What agents have been asked in a conversation, from the tasks of the company: these are kept for all
 * processes, and say whose they are and which are confidential.
 */
export class CompanyContext implements ContextSource, Colleagues {
  readonly #components: CompanyContextComponents;

  constructor(components: CompanyContextComponents) {
    this.#components = components;
  }

  async parts(access: Access, wanted: Wanted): Promise<Omit<ContextParts, 'lastMessage'>> {
    const agent = await this.#agentNamed(wanted.agentId);
    requireAgent(access, agent.name);
    const { principal } = access;
    const { chatId } = wanted;
    const tasks = await this.#tasksIn(principal, chatId, agent);
    const note = await this.#components.notes.get({
      ...{ person: principal.id, agent: agent.name, chat: chatId },
    });
    const told = tasks.filter(({ isConfidential }) => !isConfidential);
    return {
      agent: agent.line,
      shared: note ? [`${new Date(note.atMs).toISOString()} ${short(note.text)}`] : [],
      open: told.filter(({ state }) => !hasEnded(state)).map(describeOpen),
      history: wanted.includeHistory
        ? told.filter(({ state }) => hasEnded(state)).map(describeEnded)
        : [],
    };
  }

  async nameOf(wanted: string | undefined): Promise<string> {
    return (await this.#agentNamed(wanted)).name;
  }

  async #agentNamed(wanted: string | undefined): Promise<KnownAgent> {
    const { frontDesk, router } = this.#components;
    const desk = frontDesk.character.name;
    const name = wanted?.toLowerCase() ?? desk.toLowerCase();
    const agents = await router.listAgents();
    if ([desk.toLowerCase(), frontDesk.agentId].includes(name))
      return { name: desk, isFrontDesk: true, line: `${desk}, who knows who does what.` };
    const named = UUID.test(name) ? await this.#nameOf(name) : name;
    const found =
      agents.find((agent) => agent.name.toLowerCase() === named) ??
      agents.find((agent) => agent.role.toLowerCase() === named);
    if (!found)
      throw new UnknownAgentError({ agent: wanted ?? '', known: agents.map((one) => one.name) });
    const { role, capabilities, availability } = found;
    const knows = capabilities.length === 0 ? '' : ` Knows: ${capabilities.join(', ')}.`;
    const line = `${found.name}, ${role}, ${availability}.${knows}`;
    return { name: found.name, isFrontDesk: false, line };
  }

  async #nameOf(id: string): Promise<string | undefined> {
    const agents = await this.#components.frontDesk.getAgents();
    return agents.find((agent) => agent.id === id)?.name?.toLowerCase();
  }

  async #tasksIn(principal: Principal, chatId: string, agent: KnownAgent): Promise<Task[]> {
    const own = { requesterId: principal.id, limit: MOST_TASKS };
    const about = agent.isFrontDesk ? own : { ...own, agent: agent.name };
    const rooms = this.#roomsOf(principal, chatId);
    const lists = await Promise.all(
      rooms.map((roomId) => this.#components.tasks.list({ ...about, roomId })),
    );
    const tasks = lists.flat().sort((one, other) => other.createdAt - one.createdAt);
    if (tasks.length === 0) await this.#refuseOthers(principal, chatId);
    return tasks.slice(0, MOST_TASKS);
  }

  // The room that a person has by a name, where the front desk speaks with them in it, and what an id of
  // a room stands for by itself: that of a web page, or of a platform.
  #roomsOf(principal: Principal, chatId: string): string[] {
    const { frontDesk } = this.#components;
    const named = createUniqueUuid(frontDesk, `${principal.id}:${chatId}`);
    const rooms = [named, createUniqueUuid(frontDesk, `router:${named}`)];
    return UUID.test(chatId) ? [...rooms, chatId.toLowerCase()] : rooms;
  }

  async #refuseOthers(principal: Principal, chatId: string): Promise<void> {
    if (!UUID.test(chatId) || hasRole(principal, 'owner')) return;
    const others = await this.#components.tasks.list({ roomId: chatId.toLowerCase(), limit: 20 });
    if (others.some(({ requester }) => requester.id !== principal.id))
      throw new ContextRefusedError({ what: 'That conversation' });
  }
}

function describeOpen({ id, agent, state, text }: Task): string {
  return `${shortId(id)} ${state}, ${agent}: ${short(text)}`;
}

function describeEnded({ agent, state, text, answer }: Task): string {
  const end = state === 'COMPLETED' ? agent : `${agent} (${state})`;
  return `Asked: ${short(text)}\n${end}: ${short(answer)}`;
}

function short(text: string): string {
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…`.toWellFormed() : text;
}
