import type { Clock, RandomSource } from '@371os/kernel';
import { describeBrowser, type Session, type SignedIn } from '../domain/signed-in.ts';
import { SessionRefusedError, UnknownSessionError } from '../errors.ts';
import type { SessionSigner } from '../ports/session-signer.ts';
import type { SessionStore } from '../store/session-store.ts';

export interface SessionsInit {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const ID_BYTES = 6;

/** The browsers that are signed in, and what is open for each: all of it ends with its session. */
export class Sessions {
  readonly #init: SessionsInit;
  readonly #open = new Map<() => void, string | undefined>();

  constructor(init: SessionsInit) {
    this.#init = init;
  }

  /** Signs a browser in. @throws SessionStoreError */
  async begin(
    signer: SessionSigner,
    { way, userAgent }: { readonly way: SignedIn['way']; readonly userAgent: string | undefined },
  ): Promise<Session> {
    const { store, clock, random } = this.#init;
    const session = await signer.issue(Buffer.from(random(ID_BYTES)).toString('hex'));
    const { id, expiresAtMs } = session;
    const browser = describeBrowser(userAgent);
    await store.begin({ id, way, browser, begunAtMs: clock(), expiresAtMs });
    return session;
  }

  /** The session of a token. @throws SessionRefusedError, SessionStoreError */
  async of(token: string, signer: SessionSigner): Promise<Session> {
    const session = await signer.verify(token);
    if (await this.#init.store.goesOn(session.id)) return session;
    throw new SessionRefusedError({ problem: 'the session was ended' });
  }

  /** Those that go on, newest first. @throws SessionStoreError */
  list(): Promise<SignedIn[]> {
    return this.#init.store.list(this.#init.clock());
  }

  /** Signs a browser out, with all that is open for it. @throws UnknownSessionError, SessionStoreError */
  async end(id: string): Promise<void> {
    if (!(await this.#init.store.end(id))) throw new UnknownSessionError({ id });
    for (const [close, session] of this.#open) if (session === id) close();
  }

  /** Has something closed when its session is ended, or all sessions are. Returns what forgets it. */
  untilEnd(id: string | undefined, close: () => void): () => void {
    this.#open.set(close, id);
    return () => this.#open.delete(close);
  }

  /** Closes whatever is open; nobody is signed out. */
  closeAll(): void {
    for (const close of this.#open.keys()) close();
  }
}
