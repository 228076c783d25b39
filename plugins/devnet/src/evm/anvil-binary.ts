import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AnvilMissingError } from '../errors.ts';

const require = createRequire(import.meta.url);

/**
 * The native program of Anvil for this machine, which its npm package brings as an optional one of its
 * own. The package's launcher would be one more process, that ends by itself when it is killed.
 * @throws AnvilMissingError
 */
export function anvilBinary(): string {
  const name = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil';
  try {
    const wrapper = require.resolve('@foundry-rs/anvil/package.json');
    const folder = dirname(createRequire(wrapper).resolve(`${name}/package.json`));
    const path = join(folder, 'bin', file);
    if (existsSync(path)) return path;
  } catch {
    // Not installed: said below.
  }
  throw new AnvilMissingError({ packageName: name });
}
