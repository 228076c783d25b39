import { readdirSync, readFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the page as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

// A clone runs the sources, a package what was built of them; only scripts are built.
const isBuilt = import.meta.url.endsWith('.js');
const SCRIPTS = new URL('../page/', import.meta.url);
const TEXTS = isBuilt ? new URL('../../src/page/', import.meta.url) : SCRIPTS;
const LIBRARY = {
  'uplot.js': 'uplot/dist/uPlot.esm.js',
  'uplot.css': 'uplot/dist/uPlot.min.css',
};

/** The files that the page consists of, by name, read once. None of them holds any data. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  return new Map([...texts(), ...scripts(), ...library()]);
}

function texts(): [string, PageFile][] {
  return readdirSync(TEXTS)
    .filter((name) => /\.(html|css|svg)$/.test(name))
    .map((name) => [name, fileOf(name, readFileSync(new URL(name, TEXTS), 'utf8'))]);
}

// The page asks for main.js, whose sources ask for each other as they are named there.
function scripts(): [string, PageFile][] {
  const names = readdirSync(SCRIPTS).filter((name) =>
    isBuilt ? name.endsWith('.js') : /(?<!\.d)\.ts$/.test(name),
  );
  return names.flatMap((name) => {
    const text = readFileSync(new URL(name, SCRIPTS), 'utf8');
    const script = fileOf('.js', isBuilt ? text : nodeModule.stripTypeScriptTypes(text));
    const asked = name.replace(/\.ts$/, '.js');
    return [...new Set([name, asked])].map((one): [string, PageFile] => [one, script]);
  });
}

function library(): [string, PageFile][] {
  return Object.entries(LIBRARY).map(([name, path]) => {
    const file = fileURLToPath(import.meta.resolve(path));
    return [name, fileOf(name, readFileSync(file, 'utf8'))];
  });
}

function fileOf(name: string, text: string): PageFile {
  return { type: TYPES[extname(`x${name}`)] ?? 'text/plain', text };
}
