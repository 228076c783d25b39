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
}

const telegramUser = z.object({ ok: z.literal(true), result: z.object({ username: z.string() }) });

export const BOT_PLATFORMS: readonly BotPlatform[] = [
  {
    ...{ name: 'Telegram', token: 'TELEGRAM_BOT_TOKEN' },
    hint: '@BotFather makes a bot and gives its token.',
    ...{ rootSetting: 'TELEGRAM_API_ROOT', root: 'https://api.telegram.org' },
    ask: (root, token) => answerOf(`${root}/bot${encodeURIComponent(token)}/getMe`),
    nameIn: (body) => telegramUser.safeParse(body).data?.result.username,
  },
];

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
      return botFinding(platform, root, await platform.ask(root, token));
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
