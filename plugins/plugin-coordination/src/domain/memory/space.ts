import { hasRole, type Principal } from '@371os/kernel';
import { OtherAgentError } from '../../errors/access.ts';
import { isStaff, type Access } from '../../domain/access/access.ts';

/** Whose memory something is in; '' stands for no agent, or no room. */
export interface Space {
  readonly organisation: string;
  readonly agent: string;
  readonly room: string;
}

/** Where somebody wants to look or write. */
export interface WantedSpace {
  readonly agent?: string | undefined;
  readonly room?: string | undefined;
}

const MAIN_ROOM = 'main';

/**
 * The space that somebody gets. Who works for the company has the run of it; a guest has rooms of
 * their own, so that no guest finds what another has left.
 * @throws OtherAgentError
 */
export function spaceFor(access: Access, organisation: string, wanted: WantedSpace): Space {
  const { agent: own, principal } = access;
  const agent = wanted.agent ?? own ?? '';
  if (own !== undefined && agent.toLowerCase() !== own.toLowerCase())
    throw new OtherAgentError({ agent: agent || 'the whole company', own });
  const room = isStaff(access)
    ? (wanted.room ?? '')
    : `${principal.id}:${wanted.room ?? MAIN_ROOM}`;
  return { organisation, agent: own ?? agent, room };
}

const NONE = '-';
const URI = /^memory:\/\/([\w.-]+)\/([^/]+)\/([^/]+)$/;

/** `memory://company/CFO%20Maya/-`: the same for everybody, whoever asks. */
export function uriOf({ organisation, agent, room }: Space): string {
  return `memory://${[organisation, part(agent), part(room)].join('/')}`;
}

/** The space that a URI names; undefined when it names none. */
export function spaceOf(uri: string): Space | undefined {
  const [, organisation = '', agent = '', room = ''] = URI.exec(uri) ?? [];
  if (!organisation) return undefined;
  try {
    return { organisation, agent: unpart(agent), room: unpart(room) };
  } catch {
    // A percent sign that begins nothing.
    return undefined;
  }
}

/** Whether somebody may see a space. */
export function maySee(access: Access, organisation: string, space: Space): boolean {
  if (space.organisation !== organisation) return false;
  if (access.agent !== undefined && access.agent !== space.agent) return false;
  return isStaff(access) || space.room.startsWith(`${access.principal.id}:`);
}

/** A chat with an agent, as far as it decides what is remembered in it. */
export interface Chat {
  readonly principal: Principal;
  /** The agent that is talked to. */
  readonly agent: string;
  /** Whether it is in the room that a space names. */
  readonly isIn: (room: string) => boolean;
}

/**
 * Whether an agent may look into a space when somebody talks to it: what is of no agent or its own, of no room or
 * this one. A guest's are those alone that the guest has written.
 */
export function isForChat({ agent, room }: Space, chat: Chat): boolean {
  const { principal, isIn } = chat;
  if (agent !== '' && agent.toLowerCase() !== chat.agent.toLowerCase()) return false;
  if (hasRole(principal, 'admin')) return room === '' || isIn(room);
  const own = `${principal.id}:`;
  if (!room.startsWith(own)) return false;
  const name = room.slice(own.length);
  return name === MAIN_ROOM || isIn(name);
}

// A dash alone stands for nothing, so one that is a name is written otherwise.
function part(name: string): string {
  if (name === '') return NONE;
  return name === NONE ? '%2D' : encodeURIComponent(name);
}

function unpart(text: string): string {
  return text === NONE ? '' : decodeURIComponent(text);
}
