import { z } from 'zod';
import { failed, ok, type Check, type Environment, type Finding } from './check.ts';
import { answerOf, placeOf, withoutSlash, type Answer } from './reach.ts';

/** A platform on which an agent has a bot of its own. */
export interface BotPlatform {
  readonly name: string;
  /** The setting of a token; that of one agent has its name behind it. */
  readonly token: string;
  /** How one comes by a token. */
  readonly hint: string;
  readonly rootSetting: string;
  readonly root: string;
  /** Asks who the bot of a token is. */
  readonly ask: (root: string, token: string) => Promise<Answer | undefined>;
  /** What it is called, where the answer says so. */
  readonly nameIn: (body: unknown) => string | undefined;
  /** What else is to be known of a bot that the platform knows. */
  readonly more?: (root: string, token: string) => Promise<string>;
}

const telegramUser = z.object({ ok: z.literal(true), result: z.object({ username: z.string() }) });

const discordUser = z.object({ username: z.string() });
const discordApplication = z.object({ flags: z.int().nonnegative() });

export const BOT_PLATFORMS: readonly BotPlatform[] = [
  {
    ...{ name: 'Telegram', token: 'TELEGRAM_BOT_TOKEN' },
    hint: '@BotFather makes a bot and gives its token.',
    ...{ rootSetting: 'TELEGRAM_API_ROOT', root: 'https://api.telegram.org' },
    ask: (root, token) => answerOf(`${root}/bot${encodeURIComponent(token)}/getMe`),
    nameIn: (body) => telegramUser.safeParse(body).data?.result.username,
  },
  {
    ...{ name: 'Discord', token: 'DISCORD_API_TOKEN' },
    hint: 'https://discord.com/developers/applications makes an application, and its "Bot" page gives the token.',
    ...{ rootSetting: 'DISCORD_API_ROOT', root: 'https://discord.com/api' },
    ask: (root, token) => askDiscord(`${root}/v10/users/@me`, token),
    nameIn: (body) => discordUser.safeParse(body).data?.username,
    more: whatItReads,
  },
];

// What no header can carry is no token.
async function askDiscord(url: string, token: string): Promise<Answer | undefined> {
  if (!/^[\x21-\x7e]+$/.test(token)) return { status: 401, body: undefined };
  return answerOf(url, { headers: { authorization: `Bot ${token}`, 'user-agent': USER_AGENT } });
}

// Discord wants this form (https://discord.com/developers/docs/reference#user-agent).
const USER_AGENT = 'DiscordBot (https://www.npmjs.com/package/@371os/cli, 1)';
// https://discord.com/developers/docs/resources/application#application-object-application-flags
const MESSAGE_CONTENT = (1 << 18) | (1 << 19);

// Our bots ask for no more than what needs no leave: commands, direct messages, and what names them.
async function whatItReads(root: string, token: string): Promise<string> {
  const answer = await askDiscord(`${root}/v10/applications/@me`, token);
  const application = discordApplication.safeParse(answer?.body).data;
  if (!application) return 'whether its Message Content Intent is on, Discord does not say';
  return (application.flags & MESSAGE_CONTENT) === 0
    ? 'on servers it reads what names it (its Message Content Intent is off, and is not needed)'
    : 'its Message Content Intent is on and not needed: it can be switched off under "Bot" at https://discord.com/developers/applications';
}

/** The setting with the token of one agent's own bot: `TELEGRAM_BOT_TOKEN_CFO_MAYA`. */
export function tokenSetting({ token }: BotPlatform, agent: string): string {
  const name = agent.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
  return `${token}_${name.replaceAll(/^_+|_+$/g, '')}`;
}

/** One check for each token of a bot that is set. */
export function botChecks(environment: Environment): Check[] {
  return BOT_PLATFORMS.flatMap((platform) =>
    Object.keys(environment)
      .filter((name) => name === platform.token || name.startsWith(`${platform.token}_`))
      .filter((name) => environment[name])
      .map((setting) => botCheck(platform, setting, environment)),
  );
}

/** Whether the platform knows the bot of the token in a setting. It shows the token nowhere. */
export function botCheck(platform: BotPlatform, setting: string, environment: Environment): Check {
  const token = environment[setting] ?? '';
  const root = withoutSlash(environment[platform.rootSetting] ?? platform.root);
  return {
    name: setting,
    run: async () => {
      const twin = Object.keys(environment).find(
        (name) =>
          name !== setting && name.startsWith(platform.token) && environment[name] === token,
      );
      if (twin)
        return failed(`${twin} is the same token`, 'A bot serves one agent: make another one.');
      const finding = botFinding(platform, root, await platform.ask(root, token));
      const more = finding.state === 'ok' ? await platform.more?.(root, token) : undefined;
      return more === undefined ? finding : ok(`${finding.found}; ${more}`);
    },
  };
}

function botFinding(platform: BotPlatform, root: string, answer: Answer | undefined): Finding {
  const { name, hint, rootSetting } = platform;
  if (answer === undefined)
    return failed(`${placeOf(root)} does not answer`, `Check the network, or ${rootSetting}.`);
  const bot = answer.status < 400 ? platform.nameIn(answer.body) : undefined;
  if (bot !== undefined) return ok(`${name} knows it as @${bot}`);
  const isRefused = answer.status === 401 || answer.status === 403 || answer.status === 404;
  return isRefused
    ? failed(`${name} does not know this token`, hint)
    : failed(
        `${placeOf(root)} answered with HTTP ${answer.status}`,
        `Try later, or check ${rootSetting}.`,
      );
}
