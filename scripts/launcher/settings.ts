import {
  booleanSetting,
  checkSettingFiles,
  declareKernelSettings,
  declareSettings,
  didYouMean,
  environment,
  integerSetting,
  messageSettings,
  processSettings,
  readSettings,
  settingFiles,
  type SettingReach,
} from '@371os/kernel';
import { devnetSettings } from '@371os/devnet/client';
import { akashSettings } from '@371os/plugin-akash';
import { channelsSettings, discordSettings, telegramSettings } from '@371os/plugin-channels';
import { catalogueSettings, outputSettings } from '@371os/plugin-comet';
import {
  a2aSettings,
  contextSettings,
  filesSettings,
  mcpSettings,
  outsideSettings,
} from '@371os/plugin-coordination';
import { csuiteSettings } from '@371os/plugin-csuite';
import { dashboardSettings } from '@371os/plugin-dashboard';
import { gatewaySettings } from '@371os/plugin-gateway';
import { hostingSettings, lifecycleSettings, presenceSettings } from '@371os/plugin-lifecycle';
import {
  drillSettings,
  failoverSettings,
  measuresSettings,
  meshSettings,
  modeSettings,
  resilienceSettings,
  scalingSettings,
} from '@371os/plugin-resilience';
import { registrySettings, registryToolsSettings } from '@371os/plugin-registry';
import { routerSettings } from '@371os/plugin-router';
import { tasksSettings } from '@371os/plugin-tasks';
import { treasurySettings } from '@371os/plugin-treasury';
import { z } from 'zod';

/** Where the company's data are, which every program has to find: from the environment or `.env`. */
const directorySettings = z.object({
  /** Where tokens, log and, without POSTGRES_URL, the database live. */
  DATA_DIR: z.string().min(1).default('.371os'),
});

/** Settings of the launcher, from setting files, the environment or `.env`. */
export const launcherSettings = z.object({
  ...directorySettings.shape,
  /** Port on 127.0.0.1. */
  SERVER_PORT: integerSetting(1, 65_535).default(3710),
  /** A PostgreSQL server to use instead of the embedded database. */
  POSTGRES_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'an address like postgres://user@host/database is expected',
    })
    .optional(),
  /** How much of the disk with the embedded database is kept for what has begun, in megabytes. */
  DISK_RESERVE_MB: integerSetting(1, 1_000_000).default(64),
  /** The folder of character files. */
  CHARACTERS_DIR: z.string().min(1).default('characters'),
  /** Starts the devnet for networks that are not configured. */
  DEVNET: booleanSetting.default(true),
  /** Lets ElizaOS reflect on conversations: a model call with a long prompt every few messages. */
  REFLECTION: booleanSetting.default(false),
});

export type LauncherSettings = Readonly<z.output<typeof launcherSettings>>;

const PLUGINS: Readonly<Record<string, readonly z.ZodObject[]>> = {
  treasury: [treasurySettings],
  gateway: [gatewaySettings],
  tasks: [tasksSettings],
  router: [routerSettings],
  csuite: [csuiteSettings],
  channels: [channelsSettings, telegramSettings, discordSettings],
  comet: [catalogueSettings, outputSettings],
  akash: [akashSettings],
  registry: [registrySettings, registryToolsSettings],
  lifecycle: [lifecycleSettings, hostingSettings, presenceSettings],
  resilience: [
    ...[resilienceSettings, measuresSettings, modeSettings, meshSettings],
    ...[scalingSettings, failoverSettings, drillSettings],
  ],
  coordination: [mcpSettings, contextSettings, a2aSettings, filesSettings, outsideSettings],
  dashboard: [dashboardSettings],
};

const PROGRAMS: readonly (readonly [string, z.ZodObject, SettingReach])[] = [
  // The first word on a setting counts.
  ['launcher', directorySettings, 'environment'],
  ['launcher', launcherSettings, 'process'],
  ['devnet', devnetSettings, 'environment'],
];

/**
 * Reads the launcher's settings, and checks every plugin's and the setting files before anything is
 * started: a bad one should stop the launch, not surface in a conversation.
 * @throws InvalidSettingError, SettingFileError
 */
export function readLauncherSettings(): LauncherSettings {
  declareKernelSettings();
  for (const [name, schema, reach] of PROGRAMS) declareSettings(name, schema, reach);
  for (const [name, schemas] of Object.entries(PLUGINS))
    for (const schema of schemas) declareSettings(name, schema);
  checkSettingFiles();
  for (const schema of [messageSettings, ...Object.values(PLUGINS).flat()])
    readSettings(schema, processSettings);
  readSettings(devnetSettings, environment);
  return readSettings(launcherSettings, processSettings);
}

/** What setting files say of agents that are not there; they may come later. */
export function settingsOfNobody(agents: readonly string[]): string[] {
  return settingFiles().flatMap((file) =>
    [...file.agents.keys()]
      .filter((agent) => !agents.includes(agent))
      .map(
        (agent) =>
          `${file.path} has settings of "${agent}", who is not here.${didYouMean(agent, agents)}`,
      ),
  );
}
