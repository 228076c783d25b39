import { explainError, type Clock } from '@371os/kernel';
import { globalIdOf, type AgentReference } from '../domain/agent-id.ts';
import { failureOf } from '../domain/agent-report.ts';
import {
  allowedSettings,
  type RegistryConfiguration,
  type SettingCheck,
} from '../domain/registry-configuration.ts';
import type { RegistrationFile } from '../domain/registration-file.ts';
import type { VerifiedFiles } from '../ports/verified-files.ts';
import type { VerifiedReader } from './verified-reader.ts';

export interface ReadConfigurationInit {
  readonly agent: AgentReference;
  /** Whose word it must be. */
  readonly owner: string;
  readonly reader: VerifiedReader;
  readonly verified: VerifiedFiles;
  readonly check: SettingCheck;
  readonly now: Clock;
}

/**
 * The settings in an agent's own registration, when it was verified now and its owner has signed it;
 * else those that were verified last.
 */
export async function readConfiguration(
  init: ReadConfigurationInit,
): Promise<RegistryConfiguration> {
  const { agent, owner, verified, check, now } = init;
  const globalId = globalIdOf(agent);
  const current = await currentFile(init);
  if ('file' in current) {
    const { file, uri } = current;
    return {
      ...allowedSettings(file.config, check),
      ...{ source: 'registry', problem: undefined },
      file: { globalId, sequence: file.sequence, uri, verifiedAtMs: now() },
    };
  }
  const { problem } = current;
  const kept = await verified.find(globalId);
  if (kept?.owner !== owner || kept.file.signature === undefined)
    return { values: {}, refused: [], source: 'none', problem, file: undefined };
  const { sequence, verifiedAtMs } = kept;
  return {
    ...allowedSettings(kept.file.config, check),
    ...{ source: 'last-verified', problem },
    file: { globalId, sequence, uri: undefined, verifiedAtMs },
  };
}

async function currentFile({
  agent,
  owner,
  reader,
}: ReadConfigurationInit): Promise<{ file: RegistrationFile; uri: string } | { problem: string }> {
  try {
    const report = await reader.read(agent);
    const failure = failureOf(report);
    if (report.owner !== owner) return { problem: `the agent belongs to ${report.owner} now` };
    if (failure !== undefined || !report.file) return { problem: failure ?? 'there is no file' };
    return report.file.signature
      ? { file: report.file, uri: report.uri }
      : { problem: 'nobody has signed the registration' };
  } catch (error) {
    return { problem: explainError(error) };
  }
}
