import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { problemOfSecret } from '../find-server.ts';
import { failed, ok, type Check, type Environment, type Finding } from './check.ts';

interface KeystoreSettings {
  readonly name: string;
  readonly file: string;
  readonly password: string;
  readonly passwordFile: string;
}

const KEYSTORES: readonly KeystoreSettings[] = [
  {
    ...{ name: 'Akash key', file: 'AKASH_KEYSTORE', password: 'AKASH_KEYSTORE_PASSWORD' },
    passwordFile: 'AKASH_KEYSTORE_PASSWORD_FILE',
  },
  {
    ...{ name: 'registry wallet', file: 'AGENT_WALLET_FILE', password: 'AGENT_WALLET_PASSWORD' },
    passwordFile: 'AGENT_WALLET_PASSWORD_FILE',
  },
];

const keystore = z.looseObject({ version: z.literal(3) });

/** One check for each keystore that is set: whether it is there, is one, is private and has a password. */
export function keystoreChecks(environment: Environment): Check[] {
  return KEYSTORES.filter(({ file }) => environment[file]).map((settings) => ({
    name: settings.name,
    run: async () => keystoreFinding(settings, environment),
  }));
}

function keystoreFinding(settings: KeystoreSettings, environment: Environment): Finding {
  const path = environment[settings.file] ?? '';
  const make = `Make one with "npm run -s keystore -- ${path}".`;
  if (!existsSync(path)) return failed(`${path} is not there`, make);
  const passwordFile = environment[settings.passwordFile];
  for (const secret of [path, ...(passwordFile ? [passwordFile] : [])]) {
    const problem = problemOfSecret(secret);
    if (problem) return failed(`${secret}: ${problem}`, `Mend ${secret}.`);
  }
  if (!isKeystore(path)) return failed(`${path} is no keystore`, make);
  return passwordFile || environment[settings.password]
    ? ok(path)
    : failed(
        `the password of ${path} is not set`,
        `Set ${settings.password} or ${settings.passwordFile}.`,
      );
}

function isKeystore(path: string): boolean {
  try {
    return keystore.safeParse(JSON.parse(readFileSync(path, 'utf8'))).success;
  } catch {
    return false;
  }
}
