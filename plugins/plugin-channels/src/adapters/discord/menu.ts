import { Routes, type REST } from 'discord.js';
import type { ApplicationCommand } from '../../domain/application-commands.ts';

/** The commands that Discord offers as soon as somebody types a slash: the same for all. */
export class DiscordMenu {
  readonly #rest: REST;
  #shown = '';

  constructor(rest: REST) {
    this.#rest = rest;
  }

  /** Shows the commands, unless they are shown. @throws what Discord refuses */
  async show(applicationId: string, commands: readonly ApplicationCommand[]): Promise<void> {
    const shown = JSON.stringify(commands);
    if (this.#shown === shown) return;
    await this.#rest.put(Routes.applicationCommands(applicationId), { body: commands });
    this.#shown = shown;
  }
}
