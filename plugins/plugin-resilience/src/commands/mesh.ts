import { currentConversation, systemClock, type Command } from '@371os/kernel';
import { describeFinding, describeNode } from '../domain/mesh/mesh-words.ts';
import { NoMeshError } from '../errors/mesh.ts';
import type { OpenedMesh } from '../services/mesh-service.ts';
import { resilienceOf } from '../services/resilience-service.ts';

const MOST_SHOWN = 3;

/** The slash commands about the mesh. */
export const meshCommands: readonly Command[] = [
  {
    name: 'nodes',
    usage: '/nodes',
    summary: 'lists the other nodes of the organisation, and how they can be reached',
    minimumRole: 'guest',
    run: async ({ runtime }) => {
      const mesh = meshIn(await resilienceOf(runtime));
      const lines = mesh.view.peers().map(async (peer) => {
        const { waiting } = await mesh.letters.receiver(peer.id);
        return describeNode({ ...peer, waiting }, systemClock());
      });
      return (await Promise.all(lines)).join('\n') || 'No other node has been met yet.';
    },
  },
  {
    name: 'find',
    usage: '/find WORDS',
    summary: 'looks in what this node and the others share',
    minimumRole: 'guest',
    run: async ({ runtime, principal, argument }) => {
      const { library } = await resilienceOf(runtime);
      const isOnlyHere = currentConversation()?.isConfidential ?? false;
      const found = await library.find(argument, principal, { limit: MOST_SHOWN, isOnlyHere });
      return (
        found.map(describeFinding).join('\n\n') || 'Nothing that you may read has these words.'
      );
    },
  },
];

function meshIn({ mesh }: { readonly mesh: OpenedMesh | undefined }): OpenedMesh {
  if (!mesh) throw new NoMeshError();
  return mesh;
}
