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

interface KnownAdmins {
  readonly ids: ReadonlySet<string>;
  readonly untilMs: number;
}

/** Who people of a platform are here, and how often they may come. */
export class Reception {
  readonly #components: ReceptionComponents;
  readonly #limit: RateLimit;
  readonly #known = new Map<string, KnownAdmins>();
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
      if ((await this.#adminsOf(chatId)).has(id)) return true;
    }
    return false;
  }

  async #adminsOf(chatId: string): Promise<ReadonlySet<string>> {
    const { admins, clock, log } = this.#components;
    const known = this.#known.get(chatId);
    if (known && clock() < known.untilMs) return known.ids;
    try {
      const ids = new Set(await admins.adminsOf(chatId));
      this.#known.set(chatId, { ids, untilMs: clock() + LOOK_AGAIN_MS });
      return ids;
    } catch (error) {
      // Who cannot be looked up has no role: better than one that they may have lost.
      log(`the admins of chat ${chatId} cannot be looked up`, error);
      const nobody = new Set<string>();
      this.#known.set(chatId, { ids: nobody, untilMs: clock() + TRY_AGAIN_MS });
      return nobody;
    }
  }
}
