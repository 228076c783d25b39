import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { DevnetRefusedError } from '../errors.ts';
import type { ControlOperations } from './control-operations.ts';
import type { DevnetInfo } from './devnet-info.ts';

const TIMEOUT_MS = 30_000;

type Input<Name extends keyof ControlOperations> = z.input<ControlOperations[Name]['input']>;
type Answer<Name extends keyof ControlOperations> = Awaited<
  ReturnType<ControlOperations[Name]['run']>
>;

/** Switches faults of a devnet that runs in another process, and lets time pass there. */
export class DevnetControl {
  readonly #url: string;
  readonly #token: string;

  constructor({ controlUrl, tokenFile }: Pick<DevnetInfo, 'controlUrl' | 'tokenFile'>) {
    this.#url = controlUrl;
    this.#token = readFileSync(tokenFile, 'utf8').trim();
  }

  /** Runs one of the operations. @throws DevnetRefusedError */
  async run<Name extends keyof ControlOperations>(
    name: Name,
    input: Input<Name>,
  ): Promise<Answer<Name>> {
    return (await this.#post(name, input)) as Answer<Name>;
  }

  /** Ends the devnet and what it runs. */
  async stop(): Promise<void> {
    await this.#post('stop', {});
  }

  async #post(name: string, input: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}/${name}`, {
      ...{ method: 'POST', body: JSON.stringify(input) },
      headers: { Authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    const { error = '' } = answer as { error?: string };
    throw new DevnetRefusedError({ status: response.status, problem: error });
  }
}
