import {
  environment,
  integerSetting,
  messageSettings,
  readSettings,
  booleanSetting,
} from '@371os/kernel';
import { devnetSettings } from '@371os/devnet/client';
import { akashSettings } from '@371os/plugin-akash';
import { gatewaySettings } from '@371os/plugin-gateway';
import { presenceSettings } from '@371os/plugin-lifecycle';
import { registrySettings, registryToolsSettings } from '@371os/plugin-registry';
import { routerSettings } from '@371os/plugin-router';
import { tasksSettings } from '@371os/plugin-tasks';
import { treasurySettings } from '@371os/plugin-treasury';
import { z } from 'zod';

/** Settings of the launcher, from the environment or `.env`. */
export const launcherSettings = z.object({
  /** Port on 127.0.0.1. */
  SERVER_PORT: integerSetting(1, 65_535).default(3710),
  /** Where tokens, log and, without POSTGRES_URL, the database live. */
  DATA_DIR: z.string().min(1).default('.371os'),
  /** A PostgreSQL server to use instead of the embedded database. */
  POSTGRES_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'an address like postgres://user@host/database is expected',
    })
    .optional(),
  /** The folder of character files. */
  CHARACTERS_DIR: z.string().min(1).default('characters'),
  /** Starts the devnet for networks that are not configured. */
  DEVNET: booleanSetting.default(true),
  /** Lets ElizaOS reflect on conversations: a model call with a long prompt every few messages. */
  REFLECTION: booleanSetting.default(false),
});

export type LauncherSettings = Readonly<z.output<typeof launcherSettings>>;

/**
 * Reads the launcher's settings, and checks every plugin's before anything is started: a bad one
 * should stop the launch, not surface in a conversation.
 * @throws InvalidSettingError
 */
export function readLauncherSettings(): LauncherSettings {
  for (const schema of [
    messageSettings,
    treasurySettings,
    gatewaySettings,
    tasksSettings,
    routerSettings,
    akashSettings,
    registrySettings,
    registryToolsSettings,
    devnetSettings,
    presenceSettings,
  ])
    readSettings(schema as z.ZodObject, environment);
  return readSettings(launcherSettings, environment);
}
