const HIDDEN = '[secret]';

// What is a secret by its looks, whoever's it is.
const LOOKS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b0x[0-9a-fA-F]{64}\b/g,
  /\b[0-9a-fA-F]{64}\b/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g,
  /\b(?:sk|pk|rk|ghp|gho|ghs|xox[abprs]|glpat|AKIA)[-_]?[A-Za-z0-9_-]{16,}/g,
  /\b\d{6,12}:[A-Za-z0-9_-]{30,}\b/g,
];

// After the name of a secret, up to the end of the word that it is.
const NAMED =
  /\b((?:bearer|basic)\s+|[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api[-_ ]?key|private[-_ ]?key)["']?\s{0,3}(?:[:=]|\bis\b)\s{0,3}["']?)[^\s"',;]{6,}/gi;
const PHRASE =
  /\b((?:mnemonic|(?:seed|recovery) phrase)["']?\s{0,3}(?:[:=]|\bis\b)\s{0,3}["']?)[a-z]{3,8}(?: {1,2}[a-z]{3,8}){11,23}/gi;

const SHORTEST = 8;

/**
 * A text in which secrets are not to be read: those that are known, and what looks like one.
 * @param known secrets of this machine; those of fewer than 8 characters are words, too
 */
export function stripSecrets(text: string, known: readonly string[]): string {
  let stripped = text;
  for (const secret of [...known].sort((one, other) => other.length - one.length))
    if (secret.length >= SHORTEST) stripped = stripped.replaceAll(secret, HIDDEN);
  for (const looks of LOOKS) stripped = stripped.replace(looks, HIDDEN);
  return stripped.replace(PHRASE, `$1${HIDDEN}`).replace(NAMED, `$1${HIDDEN}`);
}
