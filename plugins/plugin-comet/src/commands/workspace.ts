import { confidentialTwin, requireRole, type Command } from '@371os/kernel';
import { cometOf } from '../services/comet-service.ts';

/** `/workspace`: lists workspaces, has this room work on one, or leaves it. */
export const workspaceCommand: Command = {
  name: 'workspace',
  usage: '/workspace [NAME|off]',
  summary: 'lists workspaces, has this room work on one, or leaves it',
  minimumRole: 'guest',
  details:
    'A workspace gives a room context, which goes to the agents with each of its requests, agents, and shortcuts.',
  run: async ({ runtime, message, principal, argument }) => {
    const { workspaces } = await (await cometOf(runtime)).open();
    const { roomId } = message;
    const rooms = [roomId, confidentialTwin(runtime, roomId)] as const;
    if (argument === '') return workspaces.list(rooms);
    requireRole(principal, 'admin', 'change what this room works on');
    if (argument.toLowerCase() === 'off') return workspaces.leave(rooms);
    return workspaces.enter(rooms, argument, principal.id);
  },
};
