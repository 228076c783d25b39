// Completes a lock file for every platform: `npm run lock [-- [--check] [FILE]]`.
//
// npm writes only those optional packages into a lock file that the registry at hand could give,
// and `npm ci` then refuses the file on the machine they are missing for. This adds an entry for
// each one that is named but not locked, and takes out download addresses, so that any registry
// will do. With --check it changes nothing and fails when something is missing.
import './check-node.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const OPERATING_SYSTEMS = new Set(
  'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' '),
);
const PROCESSORS = new Set(
  'arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x wasm32 x64'.split(' '),
);

/**
 * @typedef {{ packages: Record<string, Record<string, unknown>> }} LockFile
 */

/**
 * The lock file with every optional package in it and no address of a registry.
 * @param {LockFile} lock
 * @returns {{ lock: LockFile, added: string[], addresses: string[] }} the new lock, the paths that
 * were added, and the paths that had an address
 */
export function completeLock(lock) {
  const packages = { ...lock.packages };
  const addresses = Object.keys(packages).filter((path) => isAddress(packages[path].resolved));
  for (const path of addresses) packages[path] = withoutAddress(packages[path]);
  const added = [];
  for (const { parent, name, version } of missingPackages(packages)) {
    const path = freePlace(packages, parent, name, version);
    if (packages[path]) continue;
    packages[path] = entryOf(name, version, packages[parent]);
    added.push(path);
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(byPath));
  return { lock: { ...lock, packages: sorted }, added, addresses };
}

function missingPackages(packages) {
  return Object.entries(packages).flatMap(([parent, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name, version]) => !isLocked(packages, parent, name, version))
      .map(([name, version]) => ({ parent, name, version })),
  );
}

function isLocked(packages, parent, name, version) {
  const path = placesOf(parent, name).find((place) => packages[place]);
  return path !== undefined && (!isExact(version) || packages[path].version === version);
}

// At the top, unless another version of it is there already.
function freePlace(packages, parent, name, version) {
  const top = packages[`node_modules/${name}`];
  return !top || top.version === version
    ? `node_modules/${name}`
    : `${parent}/node_modules/${name}`;
}

// Where Node looks a package up: from the folder of the one that asks for it to the top.
function placesOf(parent, name) {
  const places = [];
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    if (!folder.endsWith('node_modules'))
      places.push(folder ? `${folder}/node_modules/${name}` : `node_modules/${name}`);
    if (folder === '') return places;
  }
}

function entryOf(name, version, parent) {
  if (!isExact(version))
    throw new Error(
      `${name} is wanted as "${version}": lock it by hand, only exact versions can be added.`,
    );
  return {
    version,
    ...platformOf(name),
    ...(parent.dev ? { dev: true } : {}),
    optional: true,
  };
}

function isExact(version) {
  return /^\d+\.\d+\.\d+[\w.+-]*$/.test(version);
}

// Platform packages are named after their platform: @swc/core-linux-arm-gnueabihf.
function platformOf(name) {
  const words = name.split('/').at(-1).replace('amd64', 'x64').split('-');
  const os = words.find((word) => OPERATING_SYSTEMS.has(word));
  const cpu = words.find((word) => PROCESSORS.has(word));
  if (!os || !cpu)
    throw new Error(
      `${name} does not tell its platform by its name: add it to package-lock.json by hand.`,
    );
  const libc = libcOf(words.at(-1));
  return { cpu: [cpu], ...(libc ? { libc: [libc] } : {}), os: [os] };
}

function libcOf(word) {
  if (word.startsWith('musl')) return 'musl';
  return word.startsWith('gnu') || word === 'glibc' ? 'glibc' : undefined;
}

function isAddress(resolved) {
  return typeof resolved === 'string' && /^(https?|git)/.test(resolved);
}

function withoutAddress(entry) {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'resolved'));
}

function byPath([left], [right]) {
  return left.localeCompare(right, 'en');
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  const [file = 'package-lock.json'] = positionals;
  const { lock, added, addresses } = completeLock(JSON.parse(readFileSync(file, 'utf8')));
  const found = `${added.length} optional packages missing, ${addresses.length} download addresses`;
  if (!values.check) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${file}: ${found}${values.check ? '' : ' (mended)'}`);
  if (values.check && added.length + addresses.length > 0) process.exitCode = 1;
}
