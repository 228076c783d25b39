import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import {
  logger,
  setAllowedEnvVars,
  type Character,
  type ElizaOS,
  type IAgentRuntime,
} from '@elizaos/core';
import {
  BaseError,
  becomeReplica,
  OWNER,
  placeSettings,
  serviceOf,
  vouchForSource,
} from '@371os/kernel';
import { AKASH_SERVICE } from '@371os/plugin-akash';
import { CHANNELS_SERVICE } from '@371os/plugin-channels';
import { GATEWAY_SERVICE } from '@371os/plugin-gateway';
import { drainAgents, LIFECYCLE_SERVICE, type LifecycleService } from '@371os/plugin-lifecycle';
import { REGISTRY_SERVICE } from '@371os/plugin-registry';
import { provideReplicaProgram } from '@371os/plugin-resilience';
import { ROUTER_SERVICE } from '@371os/plugin-router';
import { TASKS_SERVICE } from '@371os/plugin-tasks';
import { TREASURY_SERVICE } from '@371os/plugin-treasury';
import { reportChannels, withChannels } from './channels.ts';
import { readCharacters, selectCharacters } from './characters.ts';
import { ClusterMember, type ProcessRole } from './cluster.ts';
import { shareDataDirectory, takeDataDirectory, type DataDirectory } from './data-directory.ts';
import { endUnused, useDevnet, type UsedDevnet } from './devnet.ts';
import { refuseFullDisk, watchDiskRoom } from './disk-room.ts';
import { endWithDatabase } from './embedded-database.ts';
import { AgentsNotStartedError, PortInUseError } from './errors.ts';
import { startAgents } from './headless-host.ts';
import { withinStopTime, type AgentHost, type HostInit } from './host.ts';
import type { AgentOptions } from './options.ts';
import { replicaProgram, withoutVoice } from './replica-program.ts';
import { secretFrom } from './secret-file.ts';
import { settingsOfNobody, type LauncherSettings } from './settings.ts';
import { startServer } from './server-host.ts';
import { migratedPluginsOf } from './upgrade/migrated-plugins.ts';
import { PROGRAM_VERSION } from './upgrade/program-version.ts';
import { upgradeFolder } from './upgrade/upgrade-folder.ts';
import { upgradePostgres } from './upgrade/upgrade-postgres.ts';
import { refuseNewer } from './upgrade/version-file.ts';

/** A running company of agents. */
export interface Company {
  readonly agents: readonly IAgentRuntime[];
  /** Where the server listens; undefined when it was launched without one. */
  readonly url: string | undefined;
  /** The devnet that it uses; that of a server goes on when the server stops. */
  readonly devnet: UsedDevnet | undefined;
  /** A link that logs a browser in, once; undefined without a server. */
  loginLink(): string | undefined;
  /**
   * Takes no more requests, and resolves once those that it has are answered.
   * @throws StillAnsweringError when that takes longer than `timeoutMs`
   */
  drain(timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** An agent that is a company by itself, for programs to talk to. */
export interface LoneAgent {
  readonly character: Character;
  /** Of its owner. */
  readonly token: string;
  /** The address that it listens at. */
  readonly host: string;
}

const LOOPBACK = '127.0.0.1';

interface LaunchInit {
  readonly settings: LauncherSettings;
  /** A worker does tasks for others to tell of; the front, by default, receives the requests. */
  readonly role?: ProcessRole | undefined;
  readonly options?: AgentOptions | undefined;
  /** False answers in this process only, and starts faster. */
  readonly isServer: boolean;
  readonly onProgress: (line: string) => void;
  /** Starts this agent alone, not the characters of a folder. */
  readonly alone?: LoneAgent | undefined;
  /** Told of the data directory once it is ours, before ElizaOS says a word. */
  readonly onDirectory?: ((path: string) => void) | undefined;
  /** The version that the data is brought to, this program's by default. */
  readonly version?: string;
}

/**
 * Launches the company: takes the data directory, opens the database, starts every character.
 * On failure everything that was taken is given back.
 * @throws BaseError whose message says what to do
 */
export async function launch(init: LaunchInit): Promise<Company> {
  const { settings, isServer, onProgress, alone, version = PROGRAM_VERSION } = init;
  const { role = 'front', options } = init;
  const selected = alone
    ? [alone.character]
    : selectCharacters(
        readCharacters(options?.characters ?? settings.CHARACTERS_DIR),
        options?.agents,
        role,
      );
  const characters = selected.map(options?.replica === undefined ? withChannels : withoutVoice);
  for (const line of settingsOfNobody(characters.map(({ name }) => name))) onProgress(line);
  const url = isServer ? `http://${LOOPBACK}:${String(settings.SERVER_PORT)}` : undefined;
  if (isServer) await checkPortFree(settings.SERVER_PORT);
  const path = resolve(settings.DATA_DIR);
  if (options?.replica !== undefined) becomeReplica();
  else if (settings.POSTGRES_URL && !alone) provideReplicaProgram(replicaProgram(path, options));
  // Before anything is written into it.
  if (!settings.POSTGRES_URL) {
    refuseNewer(path, version);
    refuseFullDisk({ directory: path, reserveMb: settings.DISK_RESERVE_MB });
  }
  const directory = role === 'worker' ? shareDataDirectory(path) : takeDataDirectory(path);
  init.onDirectory?.(directory.path);
  try {
    const plugins = migratedPluginsOf(characters);
    const upgrade = { program: version, plugins, onProgress };
    if (settings.POSTGRES_URL) await upgradePostgres({ url: settings.POSTGRES_URL, ...upgrade });
    else await upgradeFolder({ directory: path, ...upgrade });
    // It starts while ElizaOS does.
    const devnet = settings.DEVNET
      ? useDevnet(onProgress, role === 'front')
      : Promise.resolve(undefined);
    const host = await open(init, { characters, directory, url, networks: devnet });
    if (url) directory.publish({ url, pid: process.pid });
    const room = { directory: path, reserveMb: settings.DISK_RESERVE_MB };
    const endWatch = settings.POSTGRES_URL ? undefined : watchDiskRoom(room, onProgress);
    return companyOf(host, { directory, url, devnet: await devnet, endWatch });
  } catch (error) {
    directory.release();
    throw error;
  }
}

interface Place {
  readonly characters: Character[];
  readonly directory: DataDirectory;
  readonly url: string | undefined;
  readonly networks: Promise<unknown>;
}

async function open(
  { settings, onProgress, alone, role = 'front', options }: LaunchInit,
  { characters, directory, url, networks }: Place,
): Promise<OpenHost> {
  let member: ClusterMember | undefined;
  const secretOf = (name: string): ReturnType<typeof secretFrom> =>
    secretFrom(join(directory.path, name));
  const owner = alone ? { secret: alone.token, isNew: false } : secretOf('owner-token');
  const salt = secretOf('secret-salt').secret;
  if (owner.isNew) onProgress(`Made the owner token: ${join(settings.DATA_DIR, 'owner-token')}`);
  prepareElizaos({ settings, ownerToken: owner.secret, salt, url, host: alone?.host ?? LOOPBACK });
  // The agents that a company hosts elsewhere know it by this; what is set for several processes counts.
  if (!alone) process.env['LIFECYCLE_SECRET'] ||= secretOf('lifecycle-secret').secret;
  onProgress(
    settings.POSTGRES_URL ? 'Opening the PostgreSQL database' : 'Opening the embedded database',
  );
  const init: HostInit = {
    ...{ characters, networks },
    pgliteDirectory: join(directory.path, 'pglite'),
    postgresUrl: settings.POSTGRES_URL,
    ownerToken: owner.secret,
    onAgent: (agent) => {
      if (!settings.REFLECTION) dropReflection(agent);
    },
    onProgress,
    // Nobody else can be using the embedded database.
    onDatabase: async (database) => {
      if (!settings.POSTGRES_URL) return endWithDatabase(database);
      const { isStandby = false, replica } = options ?? {};
      member = await ClusterMember.join({ database, characters, role, isStandby, replica });
    },
    onStopped: async () => member?.leave(),
  };
  try {
    const host = await (url
      ? startServer({ ...init, url, isForPrograms: alone !== undefined })
      : startAgents(init));
    await waitForServices(host.agents);
    await member?.connect(host.agents);
    reportChannels(host.agents, onProgress);
    return { ...host, leaveCluster: async () => member?.drain() };
  } catch (error) {
    await withinStopTime(member?.leave() ?? Promise.resolve());
    throw error;
  }
}

// ElizaOS reads these from the environment, some of them while it is being imported.
function prepareElizaos(init: {
  settings: LauncherSettings;
  ownerToken: string;
  salt: string;
  url: string | undefined;
  host: string;
}): void {
  const { settings, ownerToken, salt, url, host } = init;
  Object.assign(process.env, {
    SERVER_HOST: host,
    SERVER_PORT: String(settings.SERVER_PORT),
    // The socket server has a key of its own; without it anybody could talk to the agents.
    SERVER_API_KEY: ownerToken,
    CORS_ORIGIN: url ?? 'http://127.0.0.1',
    SECRET_SALT: salt,
  });
  placeSettings({ ELIZA_SERVER_AUTH_TOKEN: ownerToken }, 'the launcher');
  // ElizaOS would store the whole environment with every agent. Our plugins read what they need
  // from the environment themselves, so nothing of it has to be stored.
  setAllowedEnvVars(new Set());
  for (const source of WEB_SOURCES) vouchForSource(source, () => OWNER);
}

// What ElizaOS's own server calls the messages of its web client and REST routes. Both ask for the
// owner's token, so whoever comes that way is the owner, whatever user id the request claims.
const WEB_SOURCES = [
  'client_chat',
  'socketio_client',
  'eliza_gui',
  'central-bus',
  'user',
  'job_request',
];

// An agent without one of them could not do yet what its rules promise, and others would be asked.
const SERVICES = [
  TREASURY_SERVICE,
  GATEWAY_SERVICE,
  TASKS_SERVICE,
  ROUTER_SERVICE,
  CHANNELS_SERVICE,
  AKASH_SERVICE,
  REGISTRY_SERVICE,
  LIFECYCLE_SERVICE,
] as const;

async function waitForServices(agents: readonly IAgentRuntime[]): Promise<void> {
  for (const agent of agents)
    for (const type of SERVICES)
      // Our services are called like the plugins that bring them.
      if (agent.plugins.some(({ name }) => name === type))
        await serviceOf(agent, {
          type,
          plugin: type,
          missing: () =>
            new AgentsNotStartedError({
              problem: `${type} did not come up in ${agent.character.name}.`,
            }),
        });
  for (const agent of agents) await agent.getService<LifecycleService>(LIFECYCLE_SERVICE)?.begun;
}

function dropReflection(agent: IAgentRuntime): void {
  const { evaluators } = agent;
  const at = evaluators.findIndex(({ name }) => name === 'REFLECTION');
  if (at >= 0) evaluators.splice(at, 1);
}

interface OpenHost extends AgentHost {
  /** Takes no more work from other processes. */
  leaveCluster(): Promise<void>;
}

interface Held {
  readonly directory: DataDirectory;
  /** Ends the watch over the disk with the embedded database. */
  readonly endWatch: (() => void) | undefined;
}

function companyOf(
  host: OpenHost,
  { directory, url, devnet, endWatch }: Pick<Company, 'url' | 'devnet'> & Held,
): Company {
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    endWatch?.();
    try {
      await host.leaveCluster();
      await drainAgents(agentsBeside(host.agents)).catch((error: unknown) => {
        logger.warn({ src: 'launcher', error }, 'agents were stopped in the middle of their work');
      });
      await host.stop();
      // Before the directory is free, so that nobody else has begun to use it.
      if (url === undefined && devnet) await endUnused(devnet);
    } finally {
      directory.release();
    }
  };
  return {
    ...{ agents: host.agents, url, devnet },
    loginLink: () => host.loginLink(),
    drain: (timeoutMs) => host.drain(timeoutMs),
    stop: () => (stopping ??= stop()),
  };
}

// Those that were created since, too.
function agentsBeside(agents: readonly IAgentRuntime[]): readonly IAgentRuntime[] {
  return (agents[0]?.elizaOS as ElizaOS | undefined)?.getAgents() ?? agents;
}

function checkPortFree(port: number): Promise<void> {
  return new Promise((resolvePromise, reject) => {
    const probe = createServer();
    probe.once('error', () => {
      reject(new PortInUseError({ port }));
    });
    probe.listen(port, LOOPBACK, () => probe.close(() => resolvePromise()));
  });
}

/** What a main prints for an error that ended it. */
export function complain(error: unknown): string {
  if (BaseError.isInstance(error)) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return `371OS could not go on: ${text} (371os.log in the data directory has the details).`;
}
