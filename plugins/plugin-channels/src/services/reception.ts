import { type Clock, type Principal, RateLimit, type Role } from '@371os/kernel';
import { readAccount } from '../domain/account.ts';
import type { ChatAdmins } from '../ports/chat-admins.ts';

const LOOK_AGAIN_MS = 5 * 60_000;
const TRY_AGAIN_MS = 30_000;

export interface ReceptionComponents {
  readonly platform: string;
  readonly admins: ChatAdmins;
  /** The role that the settings give an account such as `telegram:1234`. */
  readonly roleInSettings: (account: string) => Role | undefined;
  /** Chats whose administrators are admins, such as `telegram:-1001234`. */
  readonly adminChats: readonly string[];
  readonly perMinute: number;
  readonly clock: Clock;
  readonly log: (problem: string, error: unknown) => void;
}

interface Known {
  readonly isAdmin: boolean;
  readonly untilMs: number;
}

// More people than this at once are looked up again.
const MOST_KNOWN = 10_000;

/** Who people of a platform are here, and how often they may come. */
export class Reception {
  readonly #components: ReceptionComponents;
  readonly #limit: RateLimit;
  readonly #known = new Map<string, Known>();
  readonly #refused = new Set<string>();

  constructor(components: ReceptionComponents) {
    this.#components = components;
    this.#limit = new RateLimit(components.perMinute, components.clock);
  }

  /**
   * Who an account is: what the settings say, else an admin if they administer one of the company's
   * own chats, else a guest. A chat that is not named makes nobody an admin: anybody can found one.
   */
  async principalOf(id: string): Promise<Principal> {
    const { platform, roleInSettings } = this.#components;
    const account = `${platform}:${id}`;
    const role = roleInSettings(account) ?? ((await this.#isAdmin(id)) ? 'admin' : 'guest');
    return role === 'guest'
      ? { id: `guest:${account}`, role, proof: 'none' }
      : { id: account, role, proof: 'platform' };
  }

  /**
   * Lets somebody in, or says what to tell them: once, however often they come until then; after that
   * an empty text.
   */
  refusalOf(id: string): string | undefined {
    try {
      this.#limit.take(id);
      this.#refused.delete(id);
      return undefined;
    } catch (error) {
      if (this.#refused.has(id)) return '';
      this.#refused.add(id);
      return (error as Error).message;
    }
  }

  async #isAdmin(id: string): Promise<boolean> {
    for (const chat of this.#components.adminChats) {
      const { platform, id: chatId } = readAccount(chat) ?? {};
      if (platform !== this.#components.platform || chatId === undefined) continue;
      if (await this.#administers(chatId, id)) return true;
    }
    return false;
  }

  async #administers(chatId: string, id: string): Promise<boolean> {
    const { admins, clock, log } = this.#components;
    const key = `${chatId}:${id}`;
    const known = this.#known.get(key);
    if (known && clock() < known.untilMs) return known.isAdmin;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    try {
      const isAdmin = await admins.isAdmin(chatId, id);
      this.#known.set(key, { isAdmin, untilMs: clock() + LOOK_AGAIN_MS });
      return isAdmin;
    } catch (error) {
      // Who cannot be looked up has no role: better than one that they may have lost.
      log(`it cannot be looked up who administers chat ${chatId}`, error);
      this.#known.set(key, { isAdmin: false, untilMs: clock() + TRY_AGAIN_MS });
      return false;
    }
  }
}
