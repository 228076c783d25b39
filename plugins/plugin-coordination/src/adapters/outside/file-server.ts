import { createRequire } from 'node:module';
import type { Clock } from '@371os/kernel';
import { OutsideServer } from './outside-server.ts';
import { stdioWay } from './stdio-way.ts';

export interface FileServerInit {
  /** The folders that it works in, as whole paths. */
  readonly directories: readonly string[];
  readonly timeoutMs: number;
  readonly mostBytes: number;
  readonly clock: Clock;
}

/** The reference server for files as a process of its own, which sees these folders alone. */
export function fileServer({ directories, ...limits }: FileServerInit): OutsideServer {
  const require = createRequire(import.meta.url);
  const program = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
  const { mostBytes } = limits;
  return new OutsideServer({
    ...{ name: 'files', mode: 'legacy', isKept: true, ...limits },
    open: () => stdioWay({ command: process.execPath, args: [program, ...directories], mostBytes }),
  });
}
