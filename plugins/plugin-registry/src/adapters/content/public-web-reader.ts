import { refuseCutOff } from '@371os/kernel';
import {
  ContentTooLargeError,
  ContentUnreachableError,
  ForbiddenAddressError,
} from '../../content-errors.ts';
import type { ReadLimits, WebReader } from '../../ports/content-store.ts';
import { EndpointRefusedError, ToolAnswerTooLargeError } from '../../tool-errors.ts';
import { GuardedFetch } from '../tool-call/guarded-fetch.ts';

/** Reads https addresses of the public internet, and follows nobody elsewhere. */
export class PublicWebReader implements WebReader {
  readonly #isLoopbackAllowed: boolean;

  /** @param init whether this machine may be asked, too; it may not, by default */
  constructor({ isLoopbackAllowed = false }: { isLoopbackAllowed?: boolean } = {}) {
    this.#isLoopbackAllowed = isLoopbackAllowed;
  }

  async read(url: string, { maxBytes, timeoutMs }: ReadLimits): Promise<Uint8Array> {
    const guard = new GuardedFetch({
      ...{ isLoopbackAllowed: this.#isLoopbackAllowed, mostBytes: maxBytes },
      ...{ signal: AbortSignal.timeout(timeoutMs), headers: { accept: 'application/json' } },
    });
    try {
      refuseCutOff(url, new URL(url).host);
      const response = await guard.fetch(url);
      if (response.status === 200) return new Uint8Array(await response.arrayBuffer());
      throw new ContentUnreachableError({ place: url, cause: response.status });
    } catch (error) {
      throw explain(url, maxBytes, guard.failure ?? error);
    }
  }
}

function explain(url: string, maxBytes: number, error: unknown): Error {
  if (error instanceof EndpointRefusedError)
    return new ForbiddenAddressError({ host: new URL(url).host });
  if (error instanceof ToolAnswerTooLargeError)
    return new ContentTooLargeError({ place: url, maxBytes });
  if (error instanceof ContentUnreachableError) return error;
  return new ContentUnreachableError({ place: url, cause: error });
}
