import type { ElizaOS, IAgentRuntime } from '@elizaos/core';
import { agentSettings } from '@371os/kernel';
import {
  Database as RegistryDatabase,
  listVerifiedFiles,
  type SqlExecutor as RegistryExecutor,
} from '@371os/plugin-registry';
import { tasksOf } from '@371os/plugin-tasks';
import { cidOf } from '../adapters/contents/cid.ts';
import { FinishedTasks } from '../adapters/contents/finished-tasks.ts';
import { ShareableMemories } from '../adapters/contents/shareable-memories.ts';
import { SharedFolder } from '../adapters/contents/shared-folder.ts';
import { VerifiedRecords } from '../adapters/contents/verified-records.ts';
import type { ContentSource } from '../ports/content-source.ts';
import type { Mesh } from '../ports/mesh.ts';
import { meshSettings } from '../settings/mesh.ts';
import { ContentStore } from '../store/content-store.ts';
import type { Database } from '../store/database.ts';
import { ContentIntake } from './content-intake.ts';
import type { Leadership } from './leadership.ts';
import { Library } from './library.ts';
import type { Duty } from './resilience-engine.ts';

export interface OpenLibraryInit {
  readonly runtime: IAgentRuntime;
  readonly database: Database;
  readonly leadership: Pick<Leadership, 'whileLeading'>;
  /** This node. */
  readonly self: string;
  readonly nodeName: string;
  /** The mesh while this process is in it. */
  readonly mesh: () => Mesh | undefined;
}

/** The library of this node, which the leader has filled. */
export interface OpenedLibrary extends Duty {
  readonly library: Library;
}

const TAKE_IN_MS = 10_000;
const MOST_RECORDS = 1_000;

/** Puts the library of this node together; it needs no other node. */
export async function openLibrary(init: OpenLibraryInit): Promise<OpenedLibrary> {
  const { runtime, database, leadership, self, nodeName, mesh } = init;
  const onError = (error: unknown): void => {
    runtime.logger.warn({ src: 'resilience:library', error }, 'trouble in the library');
  };
  const store = new ContentStore(database);
  const library = new Library({ self, nodeName, store, cidOf, mesh, onError });
  const sources = await sourcesOf(init);
  const intake = new ContentIntake({ library, store, sources, onError });
  let end: (() => void) | undefined;
  return {
    library,
    start: () => {
      end ??= leadership.whileLeading(TAKE_IN_MS, () => intake.look());
    },
    stop: () => {
      end?.();
      end = undefined;
    },
  };
}

async function sourcesOf({ runtime, database }: OpenLibraryInit): Promise<ContentSource[]> {
  const { RESILIENCE_SHARED_FOLDER: folder } = agentSettings(meshSettings, runtime);
  const records = (): ReturnType<typeof listVerifiedFiles> =>
    hasRegistry(runtime)
      ? listVerifiedFiles(new RegistryDatabase(runtime.db as RegistryExecutor), MOST_RECORDS)
      : Promise.resolve([]);
  return [
    ...(folder === undefined ? [] : [new SharedFolder(folder)]),
    new FinishedTasks(await tasksOf(runtime)),
    new ShareableMemories(database),
    new VerifiedRecords(records),
  ];
}

// Its tables are there when any agent of the process brings it.
function hasRegistry(runtime: IAgentRuntime): boolean {
  const agents = (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [runtime];
  return agents.some(({ plugins }) => plugins.some(({ name }) => name === 'registry'));
}
