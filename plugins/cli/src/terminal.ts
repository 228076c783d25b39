import type { Readable, Writable } from 'node:stream';
import type { Environment } from './doctor/check.ts';

/** What a command has of the world around it. */
export interface Terminal {
  readonly environment: Environment;
  /** What was asked for. */
  write(text: string): void;
  /** Progress and complaints, so that the answer can be piped on alone. */
  writeError(text: string): void;
  /** Where a person can be asked; undefined when there is nobody. */
  readonly person?: { readonly input: Readable; readonly output: Writable };
}
