import type { Connection, Stream } from '@libp2p/interface';
import { BaseError, explainError, withinTime } from '@371os/kernel';
import { z } from 'zod';
import type { Offence } from '../../domain/mesh/conduct.ts';
import {
  MessageTooBigError,
  PeerAwayError,
  PeerNonsenseError,
  PeerRefusesError,
} from '../../errors/mesh.ts';
import type { AskOptions, PeerHandler } from '../../ports/mesh.ts';
import { framesOf, offenceOf, type Frames, type MeshLimits } from './frames.ts';

/** One request and its answer go over a stream of their own. */
export const PROTOCOL = '/371os/mesh/1';

const request = z.strictObject({ kind: z.string().max(40), body: z.unknown() });
const answer = z.union([
  z.strictObject({ ok: z.literal(true), body: z.unknown() }),
  z.strictObject({ ok: z.literal(false), problem: z.string().max(2_000) }),
]);

export interface RequestsInit {
  readonly limits: MeshLimits;
  readonly handlerFor: (kind: string) => PeerHandler | undefined;
  readonly onOffence: (peer: string, offence: Offence) => void;
  readonly onError: (error: unknown) => void;
}

/** Requests of other nodes and to them. */
export class Requests {
  readonly #init: RequestsInit;

  constructor(init: RequestsInit) {
    this.#init = init;
  }

  /** Answers what comes in on a stream; never throws. */
  async answer(stream: Stream, { remotePeer }: Pick<Connection, 'remotePeer'>): Promise<void> {
    const peer = remotePeer.toString();
    try {
      const frames = framesOf(stream, this.#init.limits);
      const asked = request.parse(await frames.read(this.#frameTime()));
      await frames.write(await this.#handle(asked, peer), this.#frameTime());
      await stream.close({ signal: this.#frameTime() });
    } catch (error) {
      const offence = offenceOf(error);
      if (offence) this.#init.onOffence(peer, offence);
      stream.abort(asError(error));
    }
  }

  /**
   * Asks over a connection.
   * @throws as `ask` of the mesh
   */
  async ask(
    connection: Connection,
    asked: { kind: string; body: unknown },
    { timeoutMs, signal }: AskOptions,
  ): Promise<unknown> {
    const peer = connection.remotePeer.toString();
    const time = AbortSignal.any([
      AbortSignal.timeout(timeoutMs),
      ...(signal === undefined ? [] : [signal]),
    ]);
    let stream: Stream | undefined;
    try {
      stream = await connection.newStream(PROTOCOL, { signal: time });
      const told = await exchange(framesOf(stream, this.#init.limits), asked, time);
      await stream.close({ signal: this.#frameTime() }).catch(() => undefined);
      if (told.ok) return told.body;
      throw new PeerRefusesError({ peer, problem: told.problem });
    } catch (error) {
      stream?.abort(asError(error));
      signal?.throwIfAborted();
      throw this.#explain(error, peer);
    }
  }

  async #handle({ kind, body }: z.output<typeof request>, peer: string): Promise<unknown> {
    const { handlerFor, limits, onError } = this.#init;
    const handler = handlerFor(kind);
    if (!handler) return { ok: false, problem: `Nothing here answers "${kind}".` };
    const late = (): Error =>
      new PeerAwayError({ peer: 'asked', why: 'its answer takes too long' });
    try {
      const made = await withinTime(handler(body, peer), limits.answerMs, late);
      const size = Buffer.byteLength(JSON.stringify({ ok: true, body: made }));
      if (size > limits.messageBytes)
        throw new MessageTooBigError({ bytes: size, most: limits.messageBytes });
      return { ok: true, body: made ?? null };
    } catch (error) {
      const offence = offenceOf(error);
      if (offence) this.#init.onOffence(peer, offence);
      else if (!BaseError.isInstance(error)) onError(error);
      return { ok: false, problem: offence ? 'That is no good request.' : explainError(error) };
    }
  }

  #explain(error: unknown, peer: string): unknown {
    if (error instanceof PeerRefusesError || error instanceof MessageTooBigError) return error;
    const offence = offenceOf(error);
    if (offence === 'slow')
      return new PeerAwayError({ peer, why: 'it did not answer in time', cause: error });
    if (!offence) return new PeerAwayError({ peer, why: 'the line broke', cause: error });
    this.#init.onOffence(peer, offence);
    return new PeerNonsenseError({ peer, problem: offence, cause: error });
  }

  #frameTime(): AbortSignal {
    return AbortSignal.timeout(this.#init.limits.frameMs);
  }
}

async function exchange(
  frames: Frames,
  asked: { kind: string; body: unknown },
  signal: AbortSignal,
): Promise<z.output<typeof answer>> {
  await frames.write(asked, signal);
  return answer.parse(await frames.read(signal));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new PeerAwayError({ peer: 'asked', why: String(error) });
}
