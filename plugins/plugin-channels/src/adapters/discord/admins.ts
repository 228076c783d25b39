import { PermissionFlagsBits, type Client } from 'discord.js';
import type { ChatAdmins } from '../../ports/chat-admins.ts';
import { refusalIn } from './refusal.ts';

// https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
const UNKNOWN_MEMBER = 10_007;

/** Administrators of servers: who owns one, or has a role with the permission Administrator. */
export class DiscordAdmins implements ChatAdmins {
  readonly #client: () => Client;

  constructor(client: () => Client) {
    this.#client = client;
  }

  async isAdmin(guildId: string, id: string): Promise<boolean> {
    const guild = await this.#client().guilds.fetch(guildId);
    if (guild.ownerId === id) return true;
    try {
      const member = await guild.members.fetch({ user: id, force: true, cache: false });
      return !member.user.bot && member.permissions.has(PermissionFlagsBits.Administrator);
    } catch (error) {
      if (refusalIn(error)?.code === UNKNOWN_MEMBER) return false;
      throw error;
    }
  }
}
