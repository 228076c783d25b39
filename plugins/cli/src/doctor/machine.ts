import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { problemOfSecret, publishedUrl } from '../find-server.ts';
import { failed, ok, warning, type Check, type Finding } from './check.ts';
import { answers } from './reach.ts';

const WANTED_NODE = 24;
const LOOPBACK = '127.0.0.1';
const MEGABYTE = 1_000_000;
// Below so many times the reserve there is little room.
const LITTLE = 4;

export function nodeCheck(version: string): Check {
  return {
    name: 'Node',
    run: async () =>
      Number.parseInt(version, 10) >= WANTED_NODE
        ? ok(version)
        : failed(version, `Install Node ${WANTED_NODE}, or run it with npx in the clone.`),
  };
}

/** @param directory absolute */
export function dataDirectoryCheck(directory: string): Check {
  return {
    name: 'data directory',
    run: async () => {
      if (!existsSync(directory)) return ok(`${directory} is made at the first start`);
      const mend = `Make ${directory} yours again: chown and chmod 700.`;
      if (!isWritable(directory)) return failed(`${directory} cannot be written`, mend);
      const token = join(directory, 'owner-token');
      const problem = existsSync(token) ? problemOfSecret(token) : undefined;
      return problem ? failed(`${token}: ${problem}`, `chmod 600 ${token}`) : ok(directory);
    },
  };
}

/**
 * Room on the disk of the embedded database: with less than the reserve, the server begins nothing new.
 * @param directory absolute
 */
export function diskCheck(directory: string, reserveMb: number): Check {
  return {
    name: 'disk',
    run: async () => {
      const { bavail, bsize } = statfsSync(whatIsThere(directory));
      const freeMb = Math.floor((bavail * bsize) / MEGABYTE);
      const found = `${freeMb} MB are free`;
      const mend = `Make room where ${directory} is: below ${reserveMb} MB (DISK_RESERVE_MB) nothing new is begun.`;
      if (freeMb < reserveMb) return failed(found, mend);
      return freeMb < LITTLE * reserveMb ? warning(found, mend) : ok(found);
    },
  };
}

function whatIsThere(path: string): string {
  return existsSync(path) ? path : whatIsThere(dirname(path));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The server of a data directory, or else whether its port is free. */
export function serverCheck(directory: string, port: number): Check {
  return {
    name: 'server',
    run: async () => {
      const url = publishedUrl(directory);
      if (url && (await answers(`${url}/healthz`))) return ok(`answers at ${url}`);
      return (await isFree(port)) ? notRunning(url) : taken(port);
    },
  };
}

function notRunning(url: string | undefined): Finding {
  const found = url ? `ran at ${url} and does not answer` : 'does not run';
  return warning(found, 'Start it with "npm start".');
}

function taken(port: number): Finding {
  return failed(
    `another program has port ${port}`,
    'End that program, or set SERVER_PORT to a free port.',
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => {
      done(false);
    });
    probe.listen(port, LOOPBACK, () => {
      probe.close(() => {
        done(true);
      });
    });
  });
}
