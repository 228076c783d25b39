import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setAllowedEnvVars, type Character, type IAgentRuntime } from '@elizaos/core';
import { BaseError, OWNER, serviceOf, vouchForSource } from '@371os/kernel';
import { AKASH_SERVICE } from '@371os/plugin-akash';
import { GATEWAY_SERVICE } from '@371os/plugin-gateway';
import { REGISTRY_SERVICE } from '@371os/plugin-registry';
import { ROUTER_SERVICE } from '@371os/plugin-router';
import { TASKS_SERVICE } from '@371os/plugin-tasks';
import { TREASURY_SERVICE } from '@371os/plugin-treasury';
import { readCharacters, selectCharacters } from './characters.ts';
import { ClusterMember, type ProcessRole } from './cluster.ts';
import { shareDataDirectory, takeDataDirectory, type DataDirectory } from './data-directory.ts';
import { endUnused, useDevnet, type UsedDevnet } from './devnet.ts';
import { AgentsNotStartedError, PortInUseError } from './errors.ts';
import { startAgents } from './headless-host.ts';
import { withinStopTime, type AgentHost, type HostInit } from './host.ts';
import type { AgentOptions } from './options.ts';
import { secretFrom } from './secret-file.ts';
import type { LauncherSettings } from './settings.ts';
import { startServer } from './server-host.ts';

/** A running company of agents. */
export interface Company {
  readonly agents: readonly IAgentRuntime[];
  /** Where the server listens; undefined when it was launched without one. */
  readonly url: string | undefined;
  /** The devnet that it uses; that of a server goes on when the server stops. */
  readonly devnet: UsedDevnet | undefined;
  /** A link that logs a browser in, once; undefined without a server. */
  loginLink(): string | undefined;
  stop(): Promise<void>;
}

interface LaunchInit {
  readonly settings: LauncherSettings;
  /** A worker does tasks for others to tell of; the front, by default, receives the requests. */
  readonly role?: ProcessRole | undefined;
  readonly options?: AgentOptions | undefined;
  /** False answers in this process only, and starts faster. */
  readonly isServer: boolean;
  readonly onProgress: (line: string) => void;
  /** Told of the data directory once it is ours, before ElizaOS says a word. */
  readonly onDirectory?: ((path: string) => void) | undefined;
}

/**
 * Launches the company: takes the data directory, opens the database, starts every character.
 * On failure everything that was taken is given back.
 * @throws BaseError whose message says what to do
 */
export async function launch(init: LaunchInit): Promise<Company> {
  const { settings, isServer, onProgress } = init;
  const { role = 'front', options } = init;
  const all = readCharacters(options?.characters ?? settings.CHARACTERS_DIR);
  const characters = selectCharacters(all, options?.agents, role);
  const url = isServer ? `http://127.0.0.1:${String(settings.SERVER_PORT)}` : undefined;
  if (isServer) await checkPortFree(settings.SERVER_PORT);
  const path = resolve(settings.DATA_DIR);
  const directory = role === 'worker' ? shareDataDirectory(path) : takeDataDirectory(path);
  init.onDirectory?.(directory.path);
  try {
    // It starts while ElizaOS does.
    const devnet = settings.DEVNET
      ? useDevnet(onProgress, role === 'front')
      : Promise.resolve(undefined);
    const host = await open(init, { characters, directory, url, networks: devnet });
    if (url) directory.publish({ url, pid: process.pid });
    return companyOf(host, { directory, url, devnet: await devnet });
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
  { settings, onProgress, role = 'front', options }: LaunchInit,
  { characters, directory, url, networks }: Place,
): Promise<OpenHost> {
  let member: ClusterMember | undefined;
  const owner = secretFrom(join(directory.path, 'owner-token'));
  const salt = secretFrom(join(directory.path, 'secret-salt'));
  if (owner.isNew) onProgress(`Made the owner token: ${join(settings.DATA_DIR, 'owner-token')}`);
  prepareElizaos({ settings, ownerToken: owner.secret, salt: salt.secret, url });
  onProgress(
    settings.POSTGRES_URL ? 'Opening the PostgreSQL database' : 'Opening the embedded database',
  );
  const init: HostInit = {
    ...{ characters, networks },
    pgliteDirectory: join(directory.path, 'pglite'),
    postgresUrl: settings.POSTGRES_URL,
    ownerToken: owner.secret,
    onProgress,
    // Nobody else can be using the embedded database.
    onDatabase: async (database) => {
      if (!settings.POSTGRES_URL) return;
      const isStandby = options?.isStandby ?? false;
      member = await ClusterMember.join({ database, characters, role, isStandby });
    },
    onStopped: async () => member?.leave(),
  };
  try {
    const host = await (url ? startServer({ ...init, url }) : startAgents(init));
    await waitForServices(host.agents);
    if (!settings.REFLECTION) for (const agent of host.agents) dropReflection(agent);
    await member?.connect(host.agents);
    return { ...host, drain: async () => member?.drain() };
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
}): void {
  const { settings, ownerToken, salt, url } = init;
  Object.assign(process.env, {
    SERVER_HOST: '127.0.0.1',
    SERVER_PORT: String(settings.SERVER_PORT),
    ELIZA_SERVER_AUTH_TOKEN: ownerToken,
    // The socket server has a key of its own; without it anybody could talk to the agents.
    SERVER_API_KEY: ownerToken,
    CORS_ORIGIN: url ?? 'http://127.0.0.1',
    SECRET_SALT: salt,
  });
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
  AKASH_SERVICE,
  REGISTRY_SERVICE,
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
}

function dropReflection(agent: IAgentRuntime): void {
  const { evaluators } = agent;
  const at = evaluators.findIndex(({ name }) => name === 'REFLECTION');
  if (at >= 0) evaluators.splice(at, 1);
}

interface OpenHost extends AgentHost {
  /** Takes no more work from other processes. */
  drain(): Promise<void>;
}

function companyOf(
  host: OpenHost,
  { directory, url, devnet }: Pick<Company, 'url' | 'devnet'> & { directory: DataDirectory },
): Company {
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    try {
      await host.drain();
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
    stop: () => (stopping ??= stop()),
  };
}

function checkPortFree(port: number): Promise<void> {
  return new Promise((resolvePromise, reject) => {
    const probe = createServer();
    probe.once('error', () => {
      reject(new PortInUseError({ port }));
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolvePromise()));
  });
}

/** What a main prints for an error that ended it. */
export function complain(error: unknown): string {
  if (BaseError.isInstance(error)) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return `371OS could not go on: ${text} (371os.log in the data directory has the details).`;
}
