import '../../scripts/launcher/environment-defaults.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Company } from '../../scripts/launcher/launch.ts';
import { logToFile } from '../../scripts/launcher/log-file.ts';
import { readLauncherSettings } from '../../scripts/launcher/settings.ts';

process.env['DEVNET'] = 'off';

/** Our company in this process, without a server, on the data directory in `DATA_DIR`. */
export function launchCompany(): Promise<Company> {
  return launch({
    settings: readLauncherSettings(),
    isServer: false,
    onProgress: () => undefined,
    onDirectory: logToFile,
  });
}

/** @throws RangeError when the company has no agent of that name */
export function agentNamed({ agents }: Company, name: string): Company['agents'][number] {
  const agent = agents.find(({ character }) => character.name === name);
  if (!agent) throw new RangeError(`no agent called ${name}`);
  return agent;
}

/** Lends an empty data directory to `work`, and removes it. */
export async function withDirectory<Result>(
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), '371os-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Settings with which the company pays an OpenAI-compatible endpoint for each call. */
export function paidEndpoint(baseUrl: string): Record<string, string> {
  return {
    LOCAL_MODEL_DISCOVERY: 'false',
    OPENAI_BASE_URL: baseUrl,
    OPENAI_API_KEY: 'none',
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    OPENAI_SMALL_MODEL: 'gpt-4o-mini',
  };
}
