// npm run login: prints a link that logs one browser in to the running server, once.
import './launcher/environment-defaults.ts';
import { resolve } from 'node:path';
import { findRunningServer } from './launcher/data-directory.ts';
import { complain } from './launcher/launch.ts';
import { readOwnerToken } from './launcher/secret-file.ts';
import { readLauncherSettings } from './launcher/settings.ts';

const TIMEOUT_MS = 5_000;

async function main(): Promise<string> {
  const path = resolve(readLauncherSettings().DATA_DIR);
  const server = findRunningServer(path);
  if (!server) return 'No server runs on this data directory: start it with "npm start".';
  const response = await fetch(`${server.url}/login-link`, {
    headers: { Authorization: `Bearer ${readOwnerToken(path)}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return ((await response.json()) as { url: string }).url;
}

try {
  process.stdout.write(`${await main()}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${complain(error)}\n`);
  process.exit(1);
}
