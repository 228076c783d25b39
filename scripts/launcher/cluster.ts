import { hostname } from 'node:os';
import { logger, type Character, type IAgentRuntime, type IDatabaseAdapter } from '@elizaos/core';
import { environment, readSettings } from '@371os/kernel';
import lifecyclePlugin, {
  ElsewhereAgents,
  openPresence,
  replicaName,
  type Presence,
} from '@371os/plugin-lifecycle';
import resiliencePlugin, {
  Database,
  heedDismissal,
  measuresSettings,
  ProcessUsage,
  ReplicaStore,
  resilienceSettings,
} from '@371os/plugin-resilience';
import routerPlugin, {
  agentClaims,
  openWorkforce,
  ROUTER_SERVICE,
  RuntimeAgents,
  type OpenWorkforce,
  type RouterService,
} from '@371os/plugin-router';
import { openFarVoice, tasksOf } from '@371os/plugin-tasks';

/** What a process is among those that share a database. */
export type ProcessRole = 'front' | 'worker';

interface MembershipInit {
  readonly database: IDatabaseAdapter;
  readonly characters: readonly Character[];
  readonly role: ProcessRole;
  /** Whether it may wait while other processes work for its agents. */
  readonly isStandby: boolean;
  /** As which replica of its agent it works. */
  readonly replica?: number | undefined;
}

interface ClusterParts {
  readonly role: ProcessRole;
  readonly usage: ProcessUsage;
  readonly stopDismissal: () => void;
}

// With what stopping takes beside, a worker is gone within 30 s.
const DRAIN_MS = 20_000;
const SRC = 'launcher:cluster';

/** This process as a member of a company that runs in several, on one PostgreSQL database. */
export class ClusterMember {
  readonly #presence: Presence;
  readonly #role: ProcessRole;
  readonly #stopHeeding: () => void;
  readonly #usage: ProcessUsage;
  readonly #stopDismissal: () => void;
  #workforce: OpenWorkforce | undefined;

  private constructor(presence: Presence, { role, usage, stopDismissal }: ClusterParts) {
    this.#presence = presence;
    this.#role = role;
    this.#usage = usage;
    this.#stopDismissal = stopDismissal;
    this.#stopHeeding = agentClaims().heed(presence);
  }

  /**
   * Joins the others before any agent is started.
   * @throws AgentTakenError when another process works for one of the agents
   */
  static async join(init: MembershipInit): Promise<ClusterMember> {
    const { database, characters, role, isStandby, replica } = init;
    const tables = [routerPlugin, lifecyclePlugin, resiliencePlugin].map(({ name, schema }) => ({
      name,
      schema: schema as Record<string, Record<string, unknown>>,
    }));
    await database.runPluginMigrations?.(tables, { verbose: false });
    const usage = new ProcessUsage();
    const presence = await openPresence({
      ...{ replica, usage: () => usage.read() },
      executor: database.db as Parameters<typeof openPresence>[0]['executor'],
      name: role,
      ...placeHere(),
      log: (problem, error) => {
        logger.warn({ src: SRC, error }, problem);
      },
    });
    try {
      await presence.claim(
        characters.map(({ name }) => name),
        { isStandby },
      );
    } catch (error) {
      await presence.close();
      throw error;
    }
    const stopDismissal = endWhenDismissed(init);
    return new ClusterMember(presence, { role, usage, stopDismissal });
  }

  /** Lets the agents of this process be found by the others, and theirs be found here. */
  async connect(agents: readonly IAgentRuntime[]): Promise<void> {
    const [first] = agents;
    if (!first) return;
    this.#usage.follow(await tasksOf(first), agents);
    for (const agent of agents) await openFarVoice(agent);
    if (this.#role === 'worker') this.#workforce = await openWorkforce(first);
    const elsewhere = new ElsewhereAgents(this.#presence);
    for (const agent of agents)
      agent.getService<RouterService>(ROUTER_SERVICE)?.directory.join(elsewhere);
    await this.#presence.follow(new RuntimeAgents(first));
  }

  /** Takes no more work, and returns when what runs has ended or was put back. */
  async drain(): Promise<void> {
    await this.#presence.drain().catch((error: unknown) => {
      logger.warn({ src: SRC, error }, 'others were not told that this process ends');
    });
    await this.#workforce?.close(DRAIN_MS);
  }

  /** Gives the agents back. */
  async leave(): Promise<void> {
    this.#stopDismissal();
    this.#stopHeeding();
    await this.#presence.close();
  }
}

// What another process needs to tell what fails together with this one.
function placeHere(): { operator: string; region: string } {
  const { RESILIENCE_NODE_NAME } = readSettings(resilienceSettings, environment);
  const { RESILIENCE_REGION: region } = readSettings(measuresSettings, environment);
  return { operator: RESILIENCE_NODE_NAME ?? hostname(), region };
}

// A replica ends as a signal would have it end.
function endWhenDismissed({ database, characters, replica }: MembershipInit): () => void {
  const [character] = characters;
  if (replica === undefined || !character) return () => undefined;
  return heedDismissal({
    store: new ReplicaStore(new Database(database.db as ConstructorParameters<typeof Database>[0])),
    claim: replicaName(character.name, replica),
    pid: process.pid,
    onDismissed: () => process.kill(process.pid, 'SIGTERM'),
    onError: (error) => {
      logger.warn({ src: SRC, error }, 'it is not known whether this replica is to go on');
    },
  });
}
