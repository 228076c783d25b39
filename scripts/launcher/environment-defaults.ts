// Imported first by every main, for what it does: ElizaOS reads some settings while it is being
// imported, so they must be in place before.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

if (existsSync('.env')) process.loadEnvFile('.env');

for (const [key, value] of Object.entries({
  LOG_LEVEL: 'warn',
  // A plugin that is missing must be reported, not fetched behind the owner's back.
  ELIZA_NO_AUTO_INSTALL: 'true',
  // ElizaOS sends errors to a server of its own when this is empty; this is no address at all.
  SENTRY_DSN: 'off',
  // A company has a devnet of its own.
  DEVNET_DIR: join(process.env['DATA_DIR'] || '.371os', 'devnet'),
}))
  process.env[key] ||= value;
