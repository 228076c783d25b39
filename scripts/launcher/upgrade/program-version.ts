import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { versionText } from './compare-versions.ts';

const packageFile = new URL('../../../package.json', import.meta.url);

/** The version of this program, which all packages share. */
export const PROGRAM_VERSION = z
  .object({ version: versionText })
  .parse(JSON.parse(readFileSync(packageFile, 'utf8'))).version;
