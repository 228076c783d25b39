import type { IAgentRuntime } from '@elizaos/core';
import {
  processSettings,
  readSettings,
  runtimeSettings,
  systemClock,
  uuidSource,
} from '@371os/kernel';
import { treasuryOf } from '@371os/plugin-treasury';
import { httpWay } from '../adapters/outside/http-way.ts';
import { OutsideServer, type OutsideWay } from '../adapters/outside/outside-server.ts';
import { stdioWay } from '../adapters/outside/stdio-way.ts';
import {
  filledIn,
  outsideConfig,
  type OutsideConfig,
  type ServerConfig,
} from '../domain/outside/server-config.ts';
import { OutsideConfigError, OutsideServerRefusedError } from '../errors/outside.ts';
import { outsideSettings, type OutsideSettings } from '../settings/outside.ts';
import type { Database } from '../store/database.ts';
import { OutsideCallStore } from '../store/outside-call-store.ts';
import { OutsideTools } from './outside-tools.ts';

/** The tools of elsewhere that an agent's character names. @throws OutsideConfigError */
export function openOutside(runtime: IAgentRuntime, database: Database): OutsideTools {
  // Whoever writes a character must not say what it may start and reach: the operator does.
  const settings = readSettings(outsideSettings, processSettings);
  const { COORDINATION_OUTSIDE_MS: timeoutMs, COORDINATION_OUTSIDE_MOST_BYTES: mostBytes } =
    settings;
  const servers = Object.entries(configOf(runtime).servers).map(([name, config]) => {
    const open = (): OutsideWay =>
      wayTo({ name, config, settings, valueOf: runtimeSettings(runtime) });
    const isKept = config.type === 'stdio';
    const limits = { timeoutMs, mostBytes, isKept, clock: systemClock };
    return { name, config, server: new OutsideServer({ name, open, ...limits }) };
  });
  return new OutsideTools({
    ...{ agent: runtime.character.name, servers, timeoutMs },
    ...{ newId: uuidSource, clock: systemClock },
    calls: new OutsideCallStore(database),
    treasury: () => treasuryOf(runtime),
    onError: (error) => {
      runtime.logger.warn({ src: 'coordination:outside', error }, 'an MCP server is not there');
    },
  });
}

/** Whether an agent's character names servers of elsewhere. */
export function namesServers({ character }: IAgentRuntime): boolean {
  return character.settings?.['mcp'] !== undefined;
}

function configOf({ character }: IAgentRuntime): OutsideConfig {
  const parsed = outsideConfig.safeParse(character.settings?.['mcp'] ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OutsideConfigError({
    agent: character.name,
    field: issue?.path.join('.') ?? '',
    problem: issue?.message ?? 'has a wrong shape',
  });
}

interface Wanted {
  readonly name: string;
  readonly config: ServerConfig;
  readonly settings: OutsideSettings;
  readonly valueOf: (name: string) => unknown;
}

/** @throws OutsideServerRefusedError */
function wayTo(wanted: Wanted): OutsideWay {
  const { name: server, config, settings } = wanted;
  const { COORDINATION_OUTSIDE_MOST_BYTES: mostBytes } = settings;
  if (config.type !== 'stdio') {
    const { url } = config;
    const isPrivateAllowed = settings.COORDINATION_OUTSIDE_HOSTS.includes(new URL(url).host);
    return httpWay({ url, headers: filled(wanted, config.headers), isPrivateAllowed, mostBytes });
  }
  const { command, args, cwd } = config;
  if (settings.COORDINATION_OUTSIDE_PROGRAMS.includes(command))
    return stdioWay({ command, args, cwd, env: filled(wanted, config.env), mostBytes });
  throw new OutsideServerRefusedError({
    server,
    problem: `"${[command, ...args].join(' ')}" may not be started; if it may, put ${command} into COORDINATION_OUTSIDE_PROGRAMS`,
  });
}

/** @throws OutsideServerRefusedError */
function filled(
  { name: server, valueOf }: Wanted,
  texts: Readonly<Record<string, string>>,
): Record<string, string> {
  const { filled: whole, missing } = filledIn(texts, valueOf);
  const [first] = missing;
  if (first === undefined) return whole;
  throw new OutsideServerRefusedError({ server, problem: `the setting ${first} is missing` });
}
