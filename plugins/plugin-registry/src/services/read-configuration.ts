import { explainError } from '@371os/kernel';
import { globalIdOf, type AgentReference } from '../domain/agent-id.ts';
import { failureOf } from '../domain/agent-report.ts';
import { allowedSettings, type RegistryConfiguration } from '../domain/registry-configuration.ts';
import type { RegistrationFile } from '../domain/registration-file.ts';
import type { VerifiedFiles } from '../ports/verified-files.ts';
import type { VerifiedReader } from './verified-reader.ts';

export interface ReadConfigurationInit {
  readonly agent: AgentReference;
  /** Whose word it must be. */
  readonly owner: string;
  readonly reader: VerifiedReader;
  readonly verified: VerifiedFiles;
}

/**
 * The settings in an agent's own registration, when it was verified now and its owner has signed it;
 * else those that were verified last.
 */
export async function readConfiguration(
  init: ReadConfigurationInit,
): Promise<RegistryConfiguration> {
  const { agent, owner, verified } = init;
  const current = await currentFile(init);
  if ('file' in current)
    return { ...allowedSettings(current.file.config), source: 'registry', problem: undefined };
  const kept = await verified.find(globalIdOf(agent));
  const isOurs = kept?.owner === owner && kept.file.signature !== undefined;
  return {
    ...allowedSettings(isOurs ? kept.file.config : {}),
    source: isOurs ? 'last-verified' : 'none',
    problem: current.problem,
  };
}

async function currentFile({
  agent,
  owner,
  reader,
}: ReadConfigurationInit): Promise<{ file: RegistrationFile } | { problem: string }> {
  try {
    const report = await reader.read(agent);
    const failure = failureOf(report);
    if (report.owner !== owner) return { problem: `the agent belongs to ${report.owner} now` };
    if (failure !== undefined || !report.file) return { problem: failure ?? 'there is no file' };
    return report.file.signature
      ? { file: report.file }
      : { problem: 'nobody has signed the registration' };
  } catch (error) {
    return { problem: explainError(error) };
  }
}
