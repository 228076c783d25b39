import { randomBytes } from 'node:crypto';
import type { ElizaOS, IAgentRuntime, UUID } from '@elizaos/core';
import { agentSettings, confidentialTwin, cutOff, RoomSpeaker, uuidSource } from '@371os/kernel';
import { akashSettings, chooseNetwork, loadNetworks } from '@371os/plugin-akash';
import { GATEWAY_SERVICE, type GatewayService } from '@371os/plugin-gateway';
import { registrySettings } from '@371os/plugin-registry';
import type { Sight } from '../adapters/endpoint-census.ts';
import { configuredProbes, type Addresses } from '../adapters/probes/configured-probes.ts';
import { databaseProbe } from '../adapters/probes/database-probe.ts';
import type { Mode } from '../domain/mode.ts';
import { modeSettings } from '../settings/mode.ts';
import type { Probe } from '../ports/probe.ts';
import { BackupMode } from './backup-mode.ts';
import { DependencyWatch } from './dependency-watch.ts';
import type { Leadership } from './leadership.ts';
import { ModeAnnouncer, type RoomVoice } from './mode-announcer.ts';
import type { Database } from '../store/database.ts';
import { DependencyStore } from '../store/dependency-store.ts';
import { ModeStore } from '../store/mode-store.ts';
import { RoomStore } from '../store/room-store.ts';

/** Backup mode and what decides on it, with its beginning and its end. */
export interface BackupParts {
  readonly mode: BackupMode;
  readonly watch: DependencyWatch;
  readonly dependencies: DependencyStore;
  /** What the process that leads has seen last, this one or another; nothing while none does. */
  readonly sights: () => Promise<readonly Sight[]>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const ROOMS_WITHIN_HOURS = 24;

type Log = (problem: string) => (error: unknown) => void;

/** Puts backup mode together for a process. @throws InvalidSettingError */
export function openBackupMode(init: {
  readonly runtime: IAgentRuntime;
  readonly database: Database;
  readonly leadership: Leadership;
}): BackupParts {
  const { runtime, database, leadership } = init;
  const settings = agentSettings(modeSettings, runtime);
  const log: Log = (problem) => (error) => {
    runtime.logger.warn({ src: 'resilience', error }, problem);
  };
  const modes = new ModeStore(database);
  const dependencies = new DependencyStore(database);
  const mode = new BackupMode({ store: modes, onError: log('the mode could not be read') });
  const watch = new DependencyWatch({
    ...{ mode, modes, journal: dependencies, newId: uuidSource },
    probes: probesOf(runtime, database, {
      ...{ ...addressesOf(runtime, log), dnsName: settings.RESILIENCE_DNS_NAME },
    }),
    epoch: () => leadership.epoch,
    probeMs: settings.RESILIENCE_PROBE_MS,
    stableMs: settings.RESILIENCE_STABLE_MS,
    isAutomatic: settings.RESILIENCE_AUTOMATIC,
    isReturnAutomatic: settings.RESILIENCE_AUTOMATIC_RETURN,
    elapsedMs: () => performance.now(),
    random: () => Math.random(),
    onError: log('what the company depends on could not be watched'),
  });
  const announcer = new ModeAnnouncer({
    rooms: () => roomsOf(runtime, new RoomStore(database)),
    onError: log('the mode could not be announced'),
  });
  const sights = async (): Promise<readonly Sight[]> => {
    if (leadership.epoch !== undefined) return watch.dependencies;
    return (await leadership.leader()) === undefined ? [] : dependencies.latest();
  };
  return { mode, watch, dependencies, sights, ...dutyOf(mode, watch, announcer) };
}

function dutyOf(
  mode: BackupMode,
  watch: DependencyWatch,
  announcer: ModeAnnouncer,
): Pick<BackupParts, 'start' | 'stop'> {
  const ends = [
    mode.onChange(heedMode),
    mode.onSituation((situation) => {
      announcer.note(situation);
    }),
  ];
  return {
    start: async () => {
      await mode.start();
      watch.start();
    },
    stop: async () => {
      await watch.stop();
      mode.stop();
      for (const end of ends) end();
      await announcer.stop();
      cutOff.set(undefined);
    },
  };
}

function heedMode({ state }: Mode): void {
  cutOff.set(state === 'backup' ? 'this node is in backup mode' : undefined);
}

function agentsOf(runtime: IAgentRuntime): IAgentRuntime[] {
  return (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [runtime];
}

// Models come and go, so they are looked up each time; the rest stays as it is until the next start.
function probesOf(
  runtime: IAgentRuntime,
  database: Database,
  fixed: Omit<Addresses, 'models'>,
): () => Probe[] {
  const label = (): string => `probe-${randomBytes(6).toString('hex')}`;
  return () => {
    const models = agentsOf(runtime).flatMap(
      (agent) => agent.getService<GatewayService>(GATEWAY_SERVICE)?.places() ?? [],
    );
    const probes = configuredProbes({ ...fixed, models }, label);
    return [databaseProbe(database), ...probes];
  };
}

// A bad setting of another plugin is that plugin's trouble: what it names is not watched.
function addressesOf(runtime: IAgentRuntime, log: Log): Omit<Addresses, 'models'> {
  return Object.assign(
    {},
    ...[registryAddresses, akashAddresses].map((read) => {
      try {
        return read(runtime);
      } catch (error) {
        log('an address that is set cannot be watched')(error);
        return {};
      }
    }),
  ) as Omit<Addresses, 'models'>;
}

function registryAddresses(runtime: IAgentRuntime): Partial<Addresses> {
  const registry = agentSettings(registrySettings, runtime);
  const { IPFS_API_KEY: key, IPFS_API_SECRET: secret } = registry;
  const account = key && secret ? Buffer.from(`${key}:${secret}`).toString('base64') : undefined;
  return {
    chainUrls: listed(
      registry.REGISTRY_RPC_URL ?? registry.ETHEREUM_RPC_URL,
      registry.REGISTRY_RPC_FALLBACKS,
    ),
    ipfsUrls: listed(registry.IPFS_API_URL, registry.IPFS_API_FALLBACKS),
    ipfsAuthorization: account && `Basic ${account}`,
  };
}

function akashAddresses(runtime: IAgentRuntime): Partial<Addresses> {
  const network = chooseNetwork(agentSettings(akashSettings, runtime), loadNetworks());
  return { akashUrls: listed(network?.rpcUrl, network?.fallbackUrls ?? []) };
}

// Fallbacks of nothing are none.
function listed(first: string | undefined, others: readonly string[]): string[] {
  return first === undefined ? [] : [first, ...others];
}

async function roomsOf(
  runtime: IAgentRuntime,
  store: RoomStore,
): Promise<{ id: string; voice: RoomVoice }[]> {
  const agents = new Map<string, IAgentRuntime>(
    agentsOf(runtime).map((agent) => [agent.agentId, agent]),
  );
  const rooms = (await store.activeWithin(ROOMS_WITHIN_HOURS)).flatMap(({ id, agentId }) => {
    const agent = agents.get(agentId);
    return agent ? [{ id, agent }] : [];
  });
  // Who has spoken in confidence, too, is told in the room itself.
  const twins = new Set<string>(rooms.map(({ id, agent }) => confidentialTwin(agent, id as UUID)));
  return rooms
    .filter(({ id }) => !twins.has(id))
    .map(({ id, agent }) => ({ id, voice: new RoomSpeaker(agent) }));
}
