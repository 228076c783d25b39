import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRunningServer, takeDataDirectory } from '../../scripts/launcher/data-directory.ts';
import { secretFrom } from '../../scripts/launcher/secret-file.ts';

let path: string;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), '371os-data-'));
});

afterEach(() => {
  rmSync(path, { recursive: true });
});

describe('a data directory', () => {
  test('is one process’s at a time', () => {
    const first = takeDataDirectory(path);
    first.publish({ url: 'http://127.0.0.1:3710', pid: 4711 });
    expect(() => takeDataDirectory(path)).toThrow(
      /in use by process 4711 \(http:\/\/127.0.0.1:3710\).*DATA_DIR/,
    );
    first.release();
    takeDataDirectory(path).release();
  });

  test('tells others where the server is, until it is released', () => {
    const directory = takeDataDirectory(path);
    expect(findRunningServer(path)).toBeUndefined();
    directory.publish({ url: 'http://127.0.0.1:3710', pid: 4711 });
    expect(findRunningServer(path)).toEqual({ url: 'http://127.0.0.1:3710', pid: 4711 });
    directory.release();
    expect(findRunningServer(path)).toBeUndefined();
  });

  test('is free again when its process was killed', async () => {
    const module = new URL('../../scripts/launcher/data-directory.ts', import.meta.url).href;
    const code = `import(${JSON.stringify(module)}).then((m) => { m.takeDataDirectory(${JSON.stringify(path)}); console.log('taken'); setInterval(() => {}, 1000); })`;
    const holder = spawn(process.execPath, ['--conditions=@371os/source', '-e', code]);
    await once(holder.stdout, 'data');
    expect(() => takeDataDirectory(path)).toThrow(/in use/);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    takeDataDirectory(path).release();
  });
});

describe('a secret file', () => {
  test('is made once, readable by its owner alone', () => {
    const file = join(path, 'owner-token');
    const made = secretFrom(file);
    expect(made).toEqual({ secret: expect.stringMatching(/^[\w-]{43}$/), isNew: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(secretFrom(file)).toEqual({ secret: made.secret, isNew: false });
  });

  test('that others can read is refused, with the mend', () => {
    const file = join(path, 'owner-token');
    secretFrom(file);
    chmodSync(file, 0o644);
    expect(() => secretFrom(file)).toThrow(/chmod 600/);
  });

  test.each(['', 'short', 'x'.repeat(500), 'with spaces with spaces with spaces'])(
    'that holds %p is refused',
    (content) => {
      const file = join(path, 'owner-token');
      writeFileSync(file, content, { mode: 0o600 });
      expect(() => secretFrom(file)).toThrow(/does not hold a secret/);
    },
  );
});
