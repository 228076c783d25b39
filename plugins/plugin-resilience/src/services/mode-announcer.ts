import { noticesOf, type Notice } from '../domain/mode-words.ts';
import type { Situation } from '../domain/situation.ts';

/** Says something in a room as the agent that the room belongs to. */
export interface RoomVoice {
  sayOnce(roomId: string, text: string, sinceMs: number): Promise<void>;
}

export interface ModeAnnouncerInit {
  /** The rooms of this process in which people were of late. */
  readonly rooms: () => Promise<readonly { readonly id: string; readonly voice: RoomVoice }[]>;
  readonly onError: (error: unknown) => void;
}

// What is older was told by whoever ran then, or concerns nobody any more.
const NEWS_MS = 10 * 60_000;

/** Tells people what becomes of the mode without their doing, each thing once a room. */
export class ModeAnnouncer {
  readonly #init: ModeAnnouncerInit;
  readonly #told = new Set<string>();
  #telling: Promise<void> = Promise.resolve();

  constructor(init: ModeAnnouncerInit) {
    this.#init = init;
  }

  /** Tells what is new of a situation, after what is being told. */
  note(situation: Situation): void {
    const news = noticesOf(situation).filter(
      (notice) => situation.readAtMs - notice.sinceMs < NEWS_MS && !this.#told.has(keyOf(notice)),
    );
    for (const notice of news) this.#told.add(keyOf(notice));
    this.#telling = news.reduce(
      (before, notice) => before.then(() => this.#tell(notice)),
      this.#telling,
    );
  }

  /** Waits for what is being told. */
  stop(): Promise<void> {
    return this.#telling;
  }

  async #tell({ text, sinceMs }: Notice): Promise<void> {
    try {
      for (const { id, voice } of await this.#init.rooms())
        await voice.sayOnce(id, text, sinceMs).catch(this.#init.onError);
    } catch (error) {
      this.#init.onError(error);
    }
  }
}

function keyOf({ text, sinceMs }: Notice): string {
  return `${String(sinceMs)} ${text}`;
}
