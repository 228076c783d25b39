/** A message of Discord, as far as it matters for whether it is for this bot. */
export interface MentioningMessage {
  readonly text: string;
  /** Whether it was written on a server, not in a direct chat. */
  readonly isGroup: boolean;
  /** Whether it names this bot; Discord has an answer to the bot name it, unless that is switched off. */
  readonly isForBot: boolean;
  /** Somebody else's words that are passed on, if that is what it is. */
  readonly forwarded?: string | undefined;
  /** Names of the people that it names, by their ids. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * What a message says to the bot of this id, or undefined when it is for others: on a server it has to
 * name the bot. Discord would not show the rest.
 */
export function readMention(message: MentioningMessage, botId: string): string | undefined {
  const { text, isGroup, isForBot, forwarded, names } = message;
  if (isGroup && !isForBot) return undefined;
  // Who forwards a command, or an approval, does not give it.
  if (forwarded !== undefined) return `Forwarded: ${forwarded}`;
  return text
    .replace(new RegExp(String.raw`<@!?${botId}>[,:]?\s*`, 'g'), '')
    .replace(/<@!?(\d+)>/g, (whole, id: string) => {
      const name = names.get(id);
      return name === undefined ? whole : `@${name}`;
    })
    .trim();
}
