import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@modelcontextprotocol/client';
import { coordinationOf } from '@371os/plugin-coordination';
import { eventually } from '../support/eventually.ts';
import { McpHost } from './mcp-fixture.ts';

const SECRET = 'nobody may read this';

let host: McpHost;
let client: Client;
let ground: string;
let allowed: string;
const START_MS = 120_000;

beforeAll(async () => {
  ground = realpathSync(mkdtempSync(join(tmpdir(), '371os-files-')));
  allowed = join(ground, 'allowed');
  for (const folder of ['allowed', 'allowed-not', 'outside']) mkdirSync(join(ground, folder));
  writeFileSync(join(allowed, 'mine.txt'), 'this may be read');
  for (const folder of ['allowed-not', 'outside'])
    writeFileSync(join(ground, folder, 'secret.txt'), SECRET);
  symlinkSync(join(ground, 'outside'), join(allowed, 'way-out'));
  symlinkSync(join(ground, 'outside', 'secret.txt'), join(allowed, 'file-out'));
  symlinkSync(join(ground, 'outside', 'made.txt'), join(allowed, 'new-out'));
  host = await McpHost.start({
    COORDINATION_DIRECTORIES: allowed,
    COORDINATION_FILES_MOST_BYTES: '1000000',
  });
  client = await host.connect();
}, START_MS);

afterAll(async () => {
  await host.stop();
  rmSync(ground, { recursive: true });
});

async function call(
  name: string,
  args: Record<string, unknown>,
  by = client,
): Promise<{ text: string; isError: boolean }> {
  const { content, isError } = await by.callTool({ name, arguments: args });
  return { text: JSON.stringify(content), isError: isError === true };
}

describe('files over MCP', () => {
  it('are read and written in the allowed folder', async () => {
    expect(await call('read_text_file', { path: join(allowed, 'mine.txt') })).toMatchObject({
      text: expect.stringContaining('this may be read'),
    });
    await call('write_file', { path: join(allowed, 'new.txt'), content: 'new' });
    expect(readFileSync(join(allowed, 'new.txt'), 'utf8')).toBe('new');
  });

  it.each<[string, string, (inside: (path: string) => string) => Record<string, unknown>]>([
    ['..', 'read_text_file', (at) => ({ path: `${at('')}/../outside/secret.txt` })],
    ['a whole path', 'read_text_file', () => ({ path: join(ground, 'outside/secret.txt') })],
    [
      'a sibling with the same beginning',
      'read_text_file',
      () => ({
        path: join(ground, 'allowed-not/secret.txt'),
      }),
    ],
    ['a link to a folder', 'read_text_file', (at) => ({ path: at('way-out/secret.txt') })],
    ['a link to a file', 'read_text_file', (at) => ({ path: at('file-out') })],
    [
      'a NUL byte',
      'read_text_file',
      (at) => ({ path: `${at('mine.txt')}\0/../../outside/secret.txt` }),
    ],
    [
      'several files, one of them outside',
      'read_multiple_files',
      (at) => ({
        paths: [at('mine.txt'), at('file-out')],
      }),
    ],
    [
      'a write through a link to a file',
      'write_file',
      (at) => ({
        ...{ path: at('file-out'), content: 'changed' },
      }),
    ],
    [
      'a write through a link to a folder',
      'write_file',
      (at) => ({
        ...{ path: at('way-out/made.txt'), content: 'made' },
      }),
    ],
    [
      'a write through a link to nothing',
      'write_file',
      (at) => ({
        ...{ path: at('new-out'), content: 'made' },
      }),
    ],
    [
      'an edit through a link',
      'edit_file',
      (at) => ({
        path: at('file-out'),
        edits: [{ oldText: SECRET, newText: 'changed' }],
      }),
    ],
    [
      'a move out',
      'move_file',
      (at) => ({
        ...{ source: at('mine.txt'), destination: join(ground, 'outside/moved.txt') },
      }),
    ],
    [
      'a move in',
      'move_file',
      (at) => ({
        ...{ source: join(ground, 'outside/secret.txt'), destination: at('moved.txt') },
      }),
    ],
    ['a tree behind a link', 'directory_tree', (at) => ({ path: at('way-out') })],
    ['a list behind a link', 'list_directory', (at) => ({ path: at('way-out') })],
    ['a search above', 'search_files', (at) => ({ path: `${at('')}/..`, pattern: '**/secret*' })],
    ['a folder outside', 'create_directory', () => ({ path: join(ground, 'outside/folder') })],
  ])('do not lead out by %s', async (_how, tool, args) => {
    const answer = await call(
      tool,
      args((path) => join(allowed, path)),
    );
    expect(answer.text).not.toContain(SECRET);
    if (tool !== 'read_multiple_files') expect(answer.isError).toBe(true);
    expect(readFileSync(join(ground, 'outside/secret.txt'), 'utf8')).toBe(SECRET);
    for (const made of [
      'outside/made.txt',
      'outside/moved.txt',
      'outside/folder',
      'allowed/moved.txt',
    ])
      expect(existsSync(join(ground, made))).toBe(false);
    expect(existsSync(join(allowed, 'mine.txt'))).toBe(true);
  });

  it('are not shown behind a link in a tree of the allowed folder', async () => {
    const { text } = await call('directory_tree', { path: allowed });
    expect(text).toContain('mine.txt');
    expect(text).not.toContain('secret.txt');
  });

  it('that are too large are not read, and the next ones are', async () => {
    writeFileSync(join(allowed, 'large.txt'), 'x'.repeat(50_000_000));
    const large = await call('read_text_file', { path: join(allowed, 'large.txt') });
    expect(large).toMatchObject({ isError: true, text: expect.stringContaining('1000000 bytes') });
    expect(await call('read_text_file', { path: join(allowed, 'mine.txt') })).toMatchObject({
      isError: false,
    });
  });

  it('are served again by a new process when the old one is gone', async () => {
    const before = children();
    expect(before).toHaveLength(1);
    process.kill(before[0]!, 'SIGKILL');
    await eventually(async () => {
      const answer = await call('read_text_file', { path: join(allowed, 'mine.txt') });
      expect(answer.isError).toBe(false);
    });
    expect(children()).not.toEqual(before);
  });

  it('are written only with a token that is good for that', async () => {
    const { tokens } = (await coordinationOf(host.runtime)).mcp;
    const grant = { name: 'app', role: 'guest', scopes: ['files:read'], days: 1 } as const;
    const reader = await host.connect({ token: (await tokens.issue(grant)).token });
    const path = join(allowed, 'mine.txt');
    expect((await call('read_text_file', { path }, reader)).isError).toBe(false);
    await expect(call('write_file', { path, content: 'x' }, reader)).rejects.toThrow();
    expect(readFileSync(path, 'utf8')).toBe('this may be read');
  });
});

// The server's own children that serve this folder.
function children(): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return table
    .split('\n')
    .filter((line) => line.includes(`server-filesystem/dist/index.js ${allowed}`))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent]) => Number(parent) === process.pid)
    .map(([pid]) => Number(pid));
}
