import { PermissionFlagsBits, type Client } from 'discord.js';
import type { ChatAdmins } from '../../ports/chat-admins.ts';
import { refusalIn } from './refusal.ts';

// https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
const UNKNOWN_MEMBER = 10_007;

/** Administrators of servers: who owns one, or has a role that is named or has the permission Administrator. */
export class DiscordAdmins implements ChatAdmins {
  readonly #client: () => Client;
  readonly #roles: readonly string[];

  /** @param roles ids of the roles that are named */
  constructor(client: () => Client, roles: readonly string[]) {
    this.#client = client;
    this.#roles = roles;
  }

  async isAdmin(guildId: string, id: string): Promise<boolean> {
    const guild = await this.#client().guilds.fetch(guildId);
    if (guild.ownerId === id) return true;
    try {
      const member = await guild.members.fetch({ user: id, force: true, cache: false });
      if (member.user.bot) return false;
      const hasRole = this.#roles.some((role) => member.roles.cache.has(role));
      return hasRole || member.permissions.has(PermissionFlagsBits.Administrator);
    } catch (error) {
      if (refusalIn(error)?.code === UNKNOWN_MEMBER) return false;
      throw error;
    }
  }
}
