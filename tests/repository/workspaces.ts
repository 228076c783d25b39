import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface PackageJson {
  readonly name: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly repository?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string };
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly agentConfig?: {
    readonly pluginParameters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
}

/** The folders below plugins/. */
export const WORKSPACES = readdirSync(join(ROOT, 'plugins'));
export const PLUGINS = WORKSPACES.filter((workspace) => workspace.startsWith('plugin-'));

/** What ElizaOS calls a plugin: its folder's name, but for one whose routes must not begin so. */
export function elizaosNameOf(plugin: string): string {
  return plugin === 'plugin-dashboard' ? '371os' : plugin.replace('plugin-', '');
}

/** Path from the root of the repository. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function readJson(path: string): unknown {
  return JSON.parse(readText(path));
}

export function packageOf(workspace: string): PackageJson {
  return readJson(`plugins/${workspace}/package.json`) as PackageJson;
}

/** Paths from the root of all files below a folder, in order. */
export function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .filter((path) => pattern.test(path) && !/(^|\/)(node_modules|dist)\//.test(path))
    .sort();
}
