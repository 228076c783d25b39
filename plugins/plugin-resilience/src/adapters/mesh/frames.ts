import type { Stream } from '@libp2p/interface';
import {
  InvalidDataLengthError,
  InvalidDataLengthLengthError,
  InvalidMessageLengthError,
  lpStream,
} from '@libp2p/utils';
import { BaseError } from '@371os/kernel';
import { z } from 'zod';
import type { Offence } from '../../domain/mesh/conduct.ts';
import { MessageTooBigError } from '../../errors/mesh.ts';

/** What one message of the mesh may be, and how long it may take. */
export interface MeshLimits {
  readonly messageBytes: number;
  /** How many requests of one connection are answered at once. */
  readonly streams: number;
  /** How long a node may take to say what it wants, or to take an answer, in milliseconds. */
  readonly frameMs: number;
  /** How long an answer may take to be made. */
  readonly answerMs: number;
}

export const MESH_LIMITS: MeshLimits = {
  messageBytes: 2 * 1_024 * 1_024,
  streams: 16,
  frameMs: 10_000,
  answerMs: 30_000,
};

/** Messages over one stream: JSON, each with its length before it. */
export interface Frames {
  read(signal: AbortSignal): Promise<unknown>;
  /** @throws MessageTooBigError */
  write(message: unknown, signal: AbortSignal): Promise<void>;
}

export function framesOf(stream: Stream, { messageBytes }: MeshLimits): Frames {
  const frames = lpStream(stream, {
    maxDataLength: messageBytes,
    maxBufferSize: 2 * messageBytes,
  });
  return {
    read: async (signal) => parseFrame((await inTime(frames.read({ signal }), signal)).subarray()),
    write: async (message, signal) => {
      const bytes = new TextEncoder().encode(JSON.stringify(message));
      if (bytes.length > messageBytes)
        throw new MessageTooBigError({ bytes: bytes.length, most: messageBytes });
      await inTime(frames.write(bytes, { signal }), signal);
    },
  };
}

/** A message that is no JSON in UTF-8. */
class UnreadableFrameError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('That is no message of the mesh.', { cause });
  }
}

/** Somebody took too long to say what they want, or to take an answer. */
class SlowFrameError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('The other side was too slow.', { cause, isRetryable: true });
  }
}

// libp2p says in different ways that a signal was aborted.
async function inTime<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  try {
    return await work;
  } catch (cause) {
    throw signal.aborted ? new SlowFrameError({ cause }) : cause;
  }
}

function parseFrame(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new UnreadableFrameError({ cause });
  }
}

/** What somebody did whose message could not be read; undefined when the line may be to blame. */
export function offenceOf(error: unknown): Offence | undefined {
  if (error instanceof InvalidDataLengthError || error instanceof InvalidDataLengthLengthError)
    return 'huge';
  if (error instanceof SlowFrameError) return 'slow';
  return error instanceof z.ZodError ||
    error instanceof UnreadableFrameError ||
    error instanceof InvalidMessageLengthError
    ? 'garbage'
    : undefined;
}
