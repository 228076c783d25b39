import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { OutsideWay } from './outside-server.ts';

export interface StdioWayInit {
  readonly command: string;
  readonly args: readonly string[];
  /** All of the environment that the program gets beside PATH and where its home is. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly mostBytes: number;
}

/** A program of this machine, started for the connection and ended with it. */
export function stdioWay({ command, args, env, cwd, mostBytes }: StdioWayInit): OutsideWay {
  const transport = new StdioClientTransport({
    ...{ command, args: [...args], stderr: 'ignore', maxBufferSize: mostBytes },
    ...(env ? { env: { ...env } } : {}),
    ...(cwd === undefined ? {} : { cwd }),
  });
  return { transport };
}
