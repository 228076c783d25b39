/** A message of a chat, as far as it matters for whether it is for this bot. */
export interface IncomingMessage {
  readonly text: string;
  /** Whether others are in the chat, too. */
  readonly isGroup: boolean;
  /** Whether it answers a message of this bot. */
  readonly isReply: boolean;
  /** Whether its words are somebody else's. */
  readonly isForwarded: boolean;
}

/**
 * What a message says to the bot of this name, or undefined when it is for others. In a group it has
 * to name the bot, answer it, or be a command. Commands are written as the company knows them: a menu
 * has underscores for hyphens, and `/start` is what a person's first tap sends.
 */
export function readIncoming(message: IncomingMessage, username: string): string | undefined {
  const { text, isGroup, isReply, isForwarded } = message;
  // Who forwards a command, or an approval, does not give it.
  const said = isForwarded ? `Forwarded: ${text}` : text;
  const { name, bot, rest = '' } = COMMAND.exec(said)?.groups ?? {};
  if (name !== undefined) {
    if (bot !== undefined && bot.toLowerCase() !== username.toLowerCase()) return undefined;
    if (isGroup && bot === undefined && !isReply && name.toLowerCase() === 'start')
      return undefined;
    return name.toLowerCase() === 'start' ? '/help' : `/${name.replaceAll('_', '-')}${rest}`;
  }
  const mention = new RegExp(String.raw`(^|[^\w@])@${username}\b[,:]?\s*`, 'gi');
  const isNamed = username !== '' && mention.test(said);
  if (isGroup && !isReply && !isNamed) return undefined;
  return isNamed ? said.replace(mention, '$1').trim() : said;
}

const COMMAND = /^\/(?<name>[A-Za-z][\w-]*)(?:@(?<bot>\w+))?(?<rest>\s[\s\S]*)?$/;
