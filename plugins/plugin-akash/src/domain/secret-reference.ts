import { SecretWrittenOutError, UnknownSecretError } from '../errors.ts';

const REFERENCE = /^secret:([A-Za-z][\w-]{0,63})$/;
const SECRET_NAME =
  /PASS(?:WORD|WD|PHRASE)?(?:_|$)|SECRET|TOKEN(?!S)|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL|MNEMONIC/i;
const SECRET_VALUE = [
  /^(?:sk|pk|rk)[-_][\w-]{16,}/,
  /^gh[a-z]_\w{20,}|^github_pat_|^glpat-|^xox[a-z]-|^AKIA[0-9A-Z]{12,}|^AIza[\w-]{20,}|^eyJ[\w-]+\.eyJ/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i,
];

/** The secret of a name; undefined for one that is not known here. */
export type Secrets = (name: string) => string | undefined;

/** The name that `secret:NAME` refers to, or undefined for any other value. */
export function secretName(value: string): string | undefined {
  return REFERENCE.exec(value)?.[1];
}

/**
 * Refuses a secret that is written out as the value of a variable. What looks like one by the
 * variable's name, or by its own form, counts.
 * @throws SecretWrittenOutError, which does not hold the value
 */
export function refuseSecret(path: string, name: string, value: string): void {
  if (value === '' || secretName(value) !== undefined) return;
  const isSecret = SECRET_NAME.test(name) || SECRET_VALUE.some((form) => form.test(value));
  if (isSecret) throw new SecretWrittenOutError({ path });
}

/** The value behind a reference, or the value itself. @throws UnknownSecretError */
export function resolveSecret(value: string, secrets: Secrets): string {
  const name = secretName(value);
  if (name === undefined) return value;
  const secret = secrets(name);
  if (secret === undefined) throw new UnknownSecretError({ name });
  return secret;
}
