import {
  Libp2pMesh,
  newNodeKey,
  openNode,
  readNodeKey,
  type Libp2pMeshInit,
} from '@371os/plugin-resilience';

export const MESH_KEY = 'the secret of an organisation, for tests';
export const LISTEN = '/ip4/127.0.0.1/tcp/0';

const meshes: Libp2pMesh[] = [];
const nodes: Awaited<ReturnType<typeof openNode>>[] = [];
/** What went wrong in the background since the last look. */
export const errors: unknown[] = [];

/** A node of the mesh on a port of loopback. It is stopped by {@link stopMeshes}. */
export async function startMesh(
  name: string,
  more: Partial<Libp2pMeshInit> = {},
): Promise<Libp2pMesh> {
  const mesh = new Libp2pMesh({
    ...{ name, version: '1', nodeKey: await newNodeKey(), meshKey: MESH_KEY, listen: LISTEN },
    ...{ peers: [], mdns: false, known: [], agents: () => Promise.resolve([]) },
    clock: () => Date.now(),
    elapsedMs: () => performance.now(),
    random: () => 0.5,
    onError: (error) => errors.push(error),
    helloMs: 300,
    ...more,
  });
  meshes.push(mesh);
  await mesh.start();
  return mesh;
}

/** A member that speaks libp2p and has the key, and says whatever it likes. */
export async function startRawNode(meshKey = MESH_KEY): Promise<(typeof nodes)[number]> {
  const node = await openNode({
    ...{ privateKey: readNodeKey(await newNodeKey()), meshKey, listen: LISTEN, mdns: false },
    isCutOff: () => false,
    onTurnedAway: () => undefined,
  });
  nodes.push(node);
  await node.start();
  return node;
}

export async function stopMeshes(): Promise<void> {
  await Promise.all(meshes.splice(0).map((mesh) => mesh.stop()));
  await Promise.all(nodes.splice(0).map(async (node) => node.stop()));
}
