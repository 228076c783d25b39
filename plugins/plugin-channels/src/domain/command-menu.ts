import { hasRole, type Role } from '@371os/kernel';

/** What a menu needs to know of a command. */
export interface MenuCommand {
  readonly name: string;
  readonly summary: string;
  readonly minimumRole: Role;
}

/** A line of a platform's menu. */
export interface MenuEntry {
  readonly command: string;
  readonly description: string;
}

// https://core.telegram.org/bots/api#setmycommands
const MOST_ENTRIES = 100;
const LONGEST_DESCRIPTION = 256;
const MENU_NAME = /^[a-z0-9_]{1,32}$/;

/** The commands that somebody may use as Telegram takes them: it allows no hyphens in their names. */
export function commandMenu(commands: Iterable<MenuCommand>, role: Role): MenuEntry[] {
  return [...commands]
    .filter(({ minimumRole }) => hasRole({ id: '', proof: 'none', role }, minimumRole))
    .map(({ name, summary }) => ({
      command: name.replaceAll('-', '_'),
      description: shorten(summary, LONGEST_DESCRIPTION) || name,
    }))
    .filter(({ command }) => MENU_NAME.test(command))
    .sort((left, right) => left.command.localeCompare(right.command))
    .slice(0, MOST_ENTRIES);
}

/** A text within so many UTF-16 units, cut after a word. */
export function shorten(text: string, limit: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= limit) return line;
  const cut = line.lastIndexOf(' ', limit - 1);
  return `${line.slice(0, cut > limit / 2 ? cut : limit - 1).toWellFormed()}…`;
}
