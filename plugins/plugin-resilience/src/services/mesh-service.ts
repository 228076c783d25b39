import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { ElizaOS, IAgentRuntime } from '@elizaos/core';
import { agentSettings, BaseError, every, systemClock, uuidSource } from '@371os/kernel';
import { ROUTER_SERVICE, RuntimeAgents, type RouterService } from '@371os/plugin-router';
import { tasksOf, type TasksService } from '@371os/plugin-tasks';
import { Libp2pMesh } from '../adapters/mesh/libp2p-mesh.ts';
import { MeshAgents } from '../adapters/mesh/mesh-agents.ts';
import type { Letter } from '../domain/letters/letter.ts';
import { meshSettings, type MeshSettings } from '../settings/mesh.ts';
import { NoMeshError } from '../errors/mesh.ts';
import type { Mesh } from '../ports/mesh.ts';
import type { Database } from '../store/database.ts';
import { type NodeStore } from '../store/node-store.ts';
import { SqlLetters } from '../store/sql-letters.ts';
import type { Leadership } from './leadership.ts';
import { LetterPost } from './letter-post.ts';
import { LetterRounds } from './letter-rounds.ts';
import { LetterWork } from './letter-work.ts';
import type { Library } from './library.ts';
import { MeshOffice } from './mesh-office.ts';
import { MeshView } from './mesh-view.ts';
import { OwnStaff } from './own-staff.ts';

/** What this process has of the mesh, whether it is the one that is in it or not. */
export interface OpenedMesh {
  readonly view: MeshView;
  readonly letters: SqlLetters;
  /** The mesh while this process is in it. */
  readonly mesh: Mesh | undefined;
  start(): void;
  stop(): Promise<void>;
}

export interface OpenMeshInit {
  readonly runtime: IAgentRuntime;
  readonly database: Database;
  readonly leadership: Pick<Leadership, 'epoch'>;
  /** This node. */
  readonly self: string;
  readonly nodeName: string;
  readonly nodeKey: string;
  readonly nodes: NodeStore;
  /** What other nodes may look in. */
  readonly library: Library;
}

const CARRY_MS = 20_000;
const JOIN_MS = 2_000;

/** Puts the mesh of this node together; undefined when no key of an organisation is set. */
export async function openMesh(init: OpenMeshInit): Promise<OpenedMesh | undefined> {
  const settings = agentSettings(meshSettings, init.runtime);
  const { RESILIENCE_MESH_KEY: meshKey } = settings;
  if (meshKey === undefined) return undefined;
  return new MeshParts({ ...init, settings, meshKey, tasks: await tasksOf(init.runtime) });
}

interface MeshPartsInit extends OpenMeshInit {
  readonly settings: MeshSettings;
  readonly meshKey: string;
  readonly tasks: TasksService;
}

class MeshParts implements OpenedMesh {
  readonly view: MeshView;
  readonly letters: SqlLetters;
  readonly #init: MeshPartsInit;
  readonly #office: MeshOffice;
  readonly #post: LetterPost;
  readonly #work: LetterWork;
  readonly #staff: OwnStaff;
  readonly #agents: MeshAgents;
  readonly #applied = new Set<() => void>();
  #rounds: LetterRounds | undefined;
  #joined: { router: RouterService; leave: () => void } | undefined;
  #endJoining: (() => void) | undefined;

  constructor(init: MeshPartsInit) {
    this.#init = init;
    const { database, nodes } = init;
    const onError = this.#onError;
    this.letters = new SqlLetters(database);
    this.view = new MeshView({ store: nodes, mesh: () => this.mesh, onError });
    this.#post = this.#newPost();
    this.#work = this.#newWork();
    this.#staff = this.#newStaff();
    this.#agents = this.#newAgents();
    this.#office = new MeshOffice({
      ...{ leadership: init.leadership, store: nodes, onError },
      open: () => this.#open(),
      onStart: (mesh) => this.#onStart(mesh),
    });
  }

  get mesh(): Mesh | undefined {
    return this.#office.mesh;
  }

  start(): void {
    this.view.start();
    this.#staff.start();
    this.#office.start();
    this.#endJoining = every(JOIN_MS, () => this.#join(), this.#onError);
  }

  async stop(): Promise<void> {
    this.#endJoining?.();
    this.#joined?.leave();
    this.#joined = undefined;
    await this.#office.stop();
    this.#staff.stop();
    this.view.stop();
  }

  readonly #onError = (error: unknown): void => {
    this.#init.runtime.logger.warn({ src: 'resilience:mesh', error }, 'trouble in the mesh');
  };

  readonly #hurry = (receiver: string): void => {
    this.#rounds?.hurry(receiver);
  };

  #newPost(): LetterPost {
    return new LetterPost({
      ...{
        self: this.#init.self,
        store: this.letters,
        sha256,
        clock: systemClock,
        newId: uuidSource,
      },
      isReachable: (peer) => this.view.isReachable(peer),
      carry: (peer, letters) => this.#carry(peer, letters),
      effect: (letter) => this.#work.effect(letter),
      onForged: (sender, letter) => {
        this.mesh?.blame(sender, 'forged');
        const { runtime } = this.#init;
        runtime.logger.warn({ src: 'resilience:mesh', sender, letter }, 'a letter was refused');
      },
      onError: this.#onError,
      onApplied: () => {
        this.#work.look();
        for (const listener of this.#applied) listener();
      },
    });
  }

  #newWork(): LetterWork {
    return new LetterWork({
      ...{ tasks: this.#init.tasks, letters: this.letters, post: this.#post, sha256 },
      isOurs: (agent) => this.#staff.has(agent),
      nameOf: (node) => this.view.nameOf(node),
      ...{ hurry: this.#hurry, onError: this.#onError },
    });
  }

  #newStaff(): OwnStaff {
    const here = new RuntimeAgents(this.#init.runtime);
    return new OwnStaff({
      here: () => here.list(),
      directory: async () => this.#joined?.router.directory.list(),
      store: this.#init.nodes,
      isLeading: () => this.#init.leadership.epoch !== undefined,
      foreign: () => new Set(this.#agents.list().map(({ name }) => name)),
      ...{ elapsedMs: () => performance.now(), onError: this.#onError },
    });
  }

  #newAgents(): MeshAgents {
    return new MeshAgents({
      ...{ view: this.view, post: this.#post, letters: this.letters, hurry: this.#hurry },
      own: () => this.#staff.own(),
      onApplied: (listener) => {
        this.#applied.add(listener);
        return () => this.#applied.delete(listener);
      },
      clock: systemClock,
    });
  }

  async #open(): Promise<Mesh> {
    const { settings, nodes, self, nodeName, nodeKey, meshKey } = this.#init;
    return new Libp2pMesh({
      ...{ name: nodeName, version: versionOfPlugin(), nodeKey, meshKey },
      listen: settings.RESILIENCE_MESH_LISTEN,
      peers: settings.RESILIENCE_MESH_PEERS ?? [],
      mdns: settings.RESILIENCE_MESH_MDNS,
      known: (await nodes.peers()).filter(({ id }) => id !== self),
      agents: () => Promise.resolve(this.#staff.agents()),
      ...{ clock: systemClock, elapsedMs: () => performance.now(), random: Math.random },
      onError: this.#onError,
    });
  }

  #onStart(mesh: Mesh): () => void {
    const { letters: store } = this;
    const rounds = new LetterRounds({ post: this.#post, store, mesh, onError: this.#onError });
    this.#rounds = rounds;
    rounds.start();
    this.#work.start();
    const endServing = this.#init.library.serve(mesh);
    const endViewing = mesh.onChange(() => {
      this.view.refresh().catch(this.#onError);
    });
    return () => {
      endViewing();
      endServing();
      this.#work.stop();
      rounds.stop();
      this.#rounds = undefined;
    };
  }

  #carry(peer: string, letters: readonly Letter[]): Promise<unknown> {
    const { mesh } = this;
    if (!mesh) throw new NoMeshError();
    return mesh.ask(peer, 'letters', { letters }, { timeoutMs: CARRY_MS });
  }

  // The front desk may start after this, or anew.
  async #join(): Promise<void> {
    const router = frontRouterOf(this.#init.runtime);
    if (router === this.#joined?.router) return;
    this.#joined?.leave();
    this.#joined = router && { router, leave: router.directory.join(this.#agents) };
  }
}

function agentsBeside(runtime: IAgentRuntime): IAgentRuntime[] {
  return (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [runtime];
}

/** The router of the front desk of this process, once it is ready. */
function frontRouterOf(runtime: IAgentRuntime): RouterService | undefined {
  return (
    agentsBeside(runtime)
      .map((agent) => agent.getService<RouterService>(ROUTER_SERVICE))
      .find((router) => router && isReady(router)) ?? undefined
  );
}

function isReady(router: RouterService): boolean {
  try {
    return Boolean(router.directory);
  } catch (error) {
    if (BaseError.isInstance(error)) return false;
    throw error;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function versionOfPlugin(): string {
  const require = createRequire(import.meta.url);
  const { version } = require('@371os/plugin-resilience/package.json') as { version: string };
  return version;
}
