import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { meshCommands } from './commands/mesh.ts';
import { meshSettings } from './mesh-settings.ts';
import * as schema from './schema.ts';
import { ResilienceService } from './services/resilience-service.ts';
import { resilienceSettings } from './settings.ts';

export { cidOf } from './adapters/contents/cid.ts';
export { FinishedTasks } from './adapters/contents/finished-tasks.ts';
export { ShareableMemories } from './adapters/contents/shareable-memories.ts';
export { SharedFolder } from './adapters/contents/shared-folder.ts';
export { VerifiedRecords } from './adapters/contents/verified-records.ts';
export { LettersInMemory } from './adapters/letters-in-memory.ts';
export { Libp2pMesh, type Libp2pMeshInit } from './adapters/mesh/libp2p-mesh.ts';
export { MeshAgents, type MeshAgentsComponents } from './adapters/mesh/mesh-agents.ts';
export { newNodeKey, nodeIdOf, readNodeKey } from './adapters/mesh/node-key.ts';
export { openNode } from './adapters/mesh/open-node.ts';
export { PROTOCOL } from './adapters/mesh/requests.ts';
export { blockOf, mayRead, type Content } from './domain/contents/content.ts';
export { scoreOf, weighWords } from './domain/contents/rank.ts';
export { wordsOf } from './domain/contents/words.ts';
export { canonicalJson, type Json } from './domain/letters/canonical-json.ts';
export { isIntact, sealLetter, type Letter } from './domain/letters/letter.ts';
export { describeFinding, describeNode } from './domain/mesh/mesh-words.ts';
export { nameAgents } from './domain/mesh/agent-names.ts';
export { redialAfterMs } from './domain/mesh/backoff.ts';
export { Conduct } from './domain/mesh/conduct.ts';
export { clockOffsetMs, type PeerAgent } from './domain/mesh/hello.ts';
export { ResilienceMissingError, ResilienceStoreError } from './errors.ts';
export { meshSettings, type MeshSettings } from './mesh-settings.ts';
export type { LetterStore } from './ports/letter-store.ts';
export type { Mesh, MeshPeer, KnownPeer } from './ports/mesh.ts';
export { Leadership, type LeadershipInit } from './services/leadership.ts';
export {
  RESILIENCE_SERVICE,
  resilienceOf,
  ResilienceService,
} from './services/resilience-service.ts';
export { resilienceSettings, type ResilienceSettings } from './settings.ts';
export { PeerAwayError } from './mesh-errors.ts';
export { ContentIntake } from './services/content-intake.ts';
export { LetterPost, type LetterPostInit } from './services/letter-post.ts';
export { LetterRounds } from './services/letter-rounds.ts';
export { LetterWork, type LetterWorkInit } from './services/letter-work.ts';
export { MeshOffice } from './services/mesh-office.ts';
export { MeshView } from './services/mesh-view.ts';
export type { OpenedMesh } from './services/mesh-service.ts';
export { OwnStaff } from './services/own-staff.ts';
export { Library, type Finding } from './services/library.ts';
export { ContentStore } from './store/content-store.ts';
export { Database } from './store/database.ts';
export { LeadershipStore } from './store/leadership-store.ts';
export { NodeStore } from './store/node-store.ts';
export { SqlLetters } from './store/sql-letters.ts';

/** The resilience officer: measures what the company depends on, and keeps it running when that fails. */
const resiliencePlugin: Plugin = {
  name: 'resilience',
  description: 'Measured risk, backup mode, a mesh of nodes, failover, scaling and drills.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks'],
  schema,
  services: [ResilienceService],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('resilience', resilienceSettings);
    declareSettings('resilience', meshSettings, 'process');
    registerCommands(runtime, meshCommands);
    return Promise.resolve();
  },
};

export default resiliencePlugin;
