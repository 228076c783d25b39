import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnswerLostError, CompanyClient } from '@371os/client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const BIN = new URL('../../plugins/cli/bin/371os.js', import.meta.url).pathname;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), '371os-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const env = { PATH: process.env['PATH'], DATA_DIR: join(folder, 'data'), ...environment };
  return spawn(process.execPath, [BIN, ...args], { cwd: folder, env, stdio: 'pipe' });
}

async function run(...args: string[]): Promise<{ code: number | null; said: string }> {
  const command = start(args);
  let said = '';
  for (const stream of [command.stdout, command.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(command, 'close')) as [number | null];
  return { code, said };
}

async function listening(answer: (request: IncomingMessage) => void): Promise<[Server, string]> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return [server, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`];
}

describe('the command 371os', () => {
  test('leaves nothing running when it is told to end', async () => {
    const asked = Promise.withResolvers<IncomingMessage>();
    const [server, url] = await listening(asked.resolve);
    const command = start(['budget'], { COMPANY_URL: url, COMPANY_TOKEN: 'x' });
    const request = await asked.promise;
    const left = once(request.socket, 'close');
    command.kill('SIGTERM');
    const [code] = (await once(command, 'close')) as [number | null];
    expect(code).toBe(143);
    await left;
    server.close();
  });

  test('says what is wrong with a .env that cannot be read', async () => {
    mkdirSync(join(folder, '.env'));
    const { code, said } = await run('budget');
    expect({ code, said }).toEqual({
      ...{ code: 1, said: expect.stringMatching(/^The file \.env .* cannot be read: .*Mend it/) },
    });
  });
});

describe('the doctor', () => {
  test('finds a setting file that npm start refuses', async () => {
    writeFileSync(join(folder, '371os.json'), '{ "TASKS_CONCURRENCY": 6, ');
    const { code, said } = await run('doctor');
    expect(code).toBe(1);
    expect(said).toMatch(/371os\.json +failed +cannot be read/);
  });

  test('looks where the setting file says, before the environment', async () => {
    const settings = { POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/none' };
    writeFileSync(join(folder, '371os.json'), JSON.stringify(settings));
    expect((await run('doctor')).said).toMatch(
      /database +failed +nothing listens at 127\.0\.0\.1:1/,
    );
  });
});

test('a connection that is cut off in the middle is not taken for a server that is not there', async () => {
  const [server, url] = await listening((request) => request.socket.destroy());
  await expect(new CompanyClient({ url, token: 'x' }).budget()).rejects.toThrow(AnswerLostError);
  server.close();
});
