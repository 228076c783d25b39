import { resolve } from 'node:path';
import { findRunningServer } from '../launcher/data-directory.ts';
import { launch } from '../launcher/launch.ts';
import { logToFile } from '../launcher/log-file.ts';
import { readOwnerToken } from '../launcher/secret-file.ts';
import type { LauncherSettings } from '../launcher/settings.ts';
import type { Connection } from './connection.ts';
import { connectHere } from './here.ts';
import { connectToServer } from './server.ts';

const HEALTH_TIMEOUT_MS = 2_000;

/** Connects to the server that runs on the data directory, or starts the company in this process. */
export async function connect(
  settings: LauncherSettings,
  onProgress: (line: string) => void,
): Promise<Connection> {
  const path = resolve(settings.DATA_DIR);
  const server = findRunningServer(path);
  if (server && (await isHealthy(server.url)))
    return connectToServer({ url: server.url, ownerToken: readOwnerToken(path) });
  const company = await launch({ settings, isServer: false, onProgress, onDirectory: logToFile });
  return connectHere(company);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
    return (await fetch(`${url}/healthz`, { signal })).ok;
  } catch {
    return false;
  }
}
