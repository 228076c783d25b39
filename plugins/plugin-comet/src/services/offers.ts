import type { RouterService } from '@371os/plugin-router';
import { matchRequest } from '../domain/match-request.ts';
import type { Shortcut } from '../domain/shortcut.ts';
import type { Catalogue } from './catalogue.ts';

export interface OffersInit {
  readonly catalogue: Catalogue;
  readonly router: Pick<RouterService, 'canByRule' | 'countParts'>;
}

const MOST_ROOMS = 1_000;
const MOST_AT_ONCE = 3;

/** Finds shortcuts for requests in plain words, and offers each once. */
export class Offers {
  readonly #init: OffersInit;
  // Of each room what was said when something was offered last: who says it again wants it done.
  readonly #offered = new Map<string, string>();

  constructor(init: OffersInit) {
    this.#init = init;
  }

  /**
   * What to offer for a request: nothing when some officer has a rule for it, when there is more in it,
   * and when it was offered for the same words just now.
   */
  async find(text: string, roomId: string): Promise<Shortcut[]> {
    const { catalogue, router } = this.#init;
    if (this.#offered.get(roomId) === text) return [];
    const found = matchRequest(text, (await catalogue.refresh()).shortcuts.values());
    if (found.length === 0 || found.length > MOST_AT_ONCE) return [];
    if (await router.canByRule(text)) return [];
    return (await router.countParts(text)) > 1 ? [] : found;
  }

  note(roomId: string, text: string): void {
    this.#offered.delete(roomId);
    this.#offered.set(roomId, text);
    const [oldest] = this.#offered.keys();
    if (this.#offered.size > MOST_ROOMS && oldest !== undefined) this.#offered.delete(oldest);
  }
}
