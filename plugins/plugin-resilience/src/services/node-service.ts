import type { IAgentRuntime } from '@elizaos/core';
import { newNodeKey, nodeIdOf } from '../adapters/mesh/node-key.ts';
import type { Database } from '../store/database.ts';
import { NodeStore } from '../store/node-store.ts';
import type { Leadership } from './leadership.ts';
import { openLibrary, type OpenedLibrary } from './library-service.ts';
import { openMesh, type OpenedMesh } from './mesh-service.ts';

/** What this node shares, and how it shares it. */
export interface OpenedNode {
  readonly library: OpenedLibrary;
  /** Undefined when this node is in no organisation. */
  readonly mesh: OpenedMesh | undefined;
}

/** Puts the library and the mesh of this node together: one looks in other nodes, one serves it to them. */
export async function openNode(
  runtime: IAgentRuntime,
  init: {
    readonly database: Database;
    readonly leadership: Leadership;
    readonly nodeName: string;
  },
): Promise<OpenedNode> {
  const nodes = new NodeStore(init.database);
  const nodeKey = await nodes.keyOr(await newNodeKey());
  const node = { runtime, ...init, self: nodeIdOf(nodeKey) };
  const opened: { mesh?: OpenedMesh | undefined } = {};
  const library = await openLibrary({ ...node, mesh: () => opened.mesh?.mesh });
  opened.mesh = await openMesh({ ...node, nodes, nodeKey, library: library.library });
  return { library, mesh: opened.mesh };
}
