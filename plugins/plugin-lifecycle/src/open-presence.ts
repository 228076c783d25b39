import { hostname } from 'node:os';
import { environment, InvalidSettingError, readSettings, uuidSource } from '@371os/kernel';
import { machineIdentity } from './adapters/machine.ts';
import { replicaName, type NodeUsage } from './domain/presence.ts';
import { presenceSettings } from './settings/presence.ts';
import { Presence } from './services/presence.ts';
import { PresenceStore, type SqlExecutor } from './store/presence-store.ts';

const FEWEST_BEATS = 3;

/**
 * Joins the processes that share a database, in which the plugin's tables must be.
 * @param init the database, what this process is called there, and who is told of trouble
 * @throws PresenceStoreError, InvalidSettingError
 */
export async function openPresence(init: {
  readonly executor: SqlExecutor;
  readonly name: string;
  /** Who operates this process, and where it is, for whoever asks what fails together. */
  readonly operator?: string | undefined;
  readonly region?: string | undefined;
  readonly log: (problem: string, error?: unknown) => void;
  /** As which replica of its agent this process works. */
  readonly replica?: number | undefined;
  readonly usage?: (() => NodeUsage) | undefined;
}): Promise<Presence> {
  const settings = readSettings(presenceSettings, environment);
  const leaseMs = settings.LIFECYCLE_LEASE_SECONDS * 1_000;
  if (leaseMs < FEWEST_BEATS * settings.LIFECYCLE_HEARTBEAT_MS)
    throw new InvalidSettingError({
      setting: 'LIFECYCLE_LEASE_SECONDS',
      problem: `it must last for ${String(FEWEST_BEATS)} of LIFECYCLE_HEARTBEAT_MS at least`,
    });
  const presence = new Presence({
    store: new PresenceStore(init.executor, leaseMs),
    place: {
      ...{ name: init.name, host: hostname(), pid: process.pid, machine: machineIdentity() },
      ...{ operator: init.operator, region: init.region },
    },
    heartbeatMs: settings.LIFECYCLE_HEARTBEAT_MS,
    leaseMs,
    newId: uuidSource,
    elapsedMs: () => performance.now(),
    ...{ log: init.log, usage: init.usage },
    claimOf: (agent) => (init.replica === undefined ? agent : replicaName(agent, init.replica)),
  });
  await presence.open();
  return presence;
}
