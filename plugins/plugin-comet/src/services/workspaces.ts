import type { RoomBriefing, RouterService } from '@371os/plugin-router';
import { didYouMean } from '@371os/kernel';
import type { Workspace } from '../domain/workspace.ts';
import { describeWorkspace, listWorkspaces } from '../domain/workspace-words.ts';
import { UnknownWorkspaceError } from '../errors/shortcuts.ts';
import type { RoomStore } from '../store/room-store.ts';
import type { Catalogue } from './catalogue.ts';

/** A room, and the twin in which it keeps what is confidential. */
export type RoomPair = readonly [room: string, twin: string];

export interface WorkspacesInit {
  readonly catalogue: Catalogue;
  readonly rooms: RoomStore;
  readonly directory: Pick<RouterService['directory'], 'list'>;
}

/** Which workspaces rooms work on, and what that gives the agents. */
export class Workspaces {
  readonly #init: WorkspacesInit;

  constructor(init: WorkspacesInit) {
    this.#init = init;
  }

  /** Has a room work on a workspace. Returns what it now has, in words. @throws UnknownWorkspaceError */
  async enter(rooms: RoomPair, name: string, by: string): Promise<string> {
    const { workspaces } = await this.#init.catalogue.refresh();
    const workspace = workspaces.get(name.toLowerCase().replaceAll(' ', '_'));
    if (!workspace)
      throw new UnknownWorkspaceError({ name, hint: didYouMean(name, workspaces.keys()) });
    await this.#init.rooms.set(rooms, workspace.name, by);
    const what = describeWorkspace(workspace, await this.#init.directory.list());
    return `This room now works on ${what}\nWhat the agents should know of it goes with each request of this room.`;
  }

  async leave(rooms: RoomPair): Promise<string> {
    const current = await this.#init.rooms.workspaceOf(rooms[0]);
    await this.#init.rooms.clear(rooms);
    return current === undefined
      ? 'This room works on no workspace.'
      : `This room no longer works on ${current}.`;
  }

  async list([room]: RoomPair): Promise<string> {
    const { workspaces } = await this.#init.catalogue.refresh();
    return listWorkspaces([...workspaces.values()], await this.#init.rooms.workspaceOf(room));
  }

  /** What holds for each request of a room; nothing when it works on none, or its file is gone. */
  async briefing(roomId: string): Promise<RoomBriefing | undefined> {
    const name = await this.#init.rooms.workspaceOf(roomId);
    if (name === undefined) return undefined;
    const workspace = (await this.#init.catalogue.refresh()).workspaces.get(name);
    if (!workspace) return undefined;
    const { context } = workspace;
    return { context, triageRole: await this.#leadOf(workspace) };
  }

  // The first of its offices that somebody here holds.
  async #leadOf({ offices }: Workspace): Promise<string | undefined> {
    const here = await this.#init.directory.list();
    return offices.find((office) => here.some(({ role }) => role === office));
  }
}
