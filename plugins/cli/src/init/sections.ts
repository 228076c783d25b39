import { z } from 'zod';
import { BOT_PLATFORMS, botCheck, tokenSetting, type BotPlatform } from '../doctor/bots.ts';
import type { Check, Environment } from '../doctor/check.ts';
import { keystoreChecks } from '../doctor/keystores.ts';
import { localServerChecks } from '../doctor/local-models.ts';
import {
  databaseCheck,
  MODEL_PROVIDERS,
  modelCheck,
  networkChecks,
  type ModelProvider,
} from '../doctor/networks.ts';

/** A setting that is asked for. */
export interface Field {
  readonly setting: string;
  readonly question: string;
  /** It is typed unseen. */
  readonly isSecret?: boolean;
  readonly choices?: readonly string[];
  /** What it may be; its messages say so, and show nothing of what was answered. */
  readonly schema: z.ZodType<string>;
}

/** Settings that are answered and tried together. */
export interface Section {
  readonly name: string;
  /** What a person should know before answering. */
  readonly hint?: string;
  readonly fields: readonly Field[];
  /** Tries them, together with what is set already. */
  readonly checks: (settings: Environment) => Check[];
}

/** What a person may want to set up, of one kind. */
export interface Topic {
  readonly name: string;
  readonly sections: readonly Section[];
}

const line = z
  .string()
  .trim()
  .max(8192, { error: 'it is too long' })
  .regex(/^\P{Cc}+$/u, { error: 'one line of text is expected', abort: true });

const address = (protocol: RegExp, expected: string): z.ZodType<string> =>
  line.refine((text) => protocol.test(URL.canParse(text) ? new URL(text).protocol : ''), {
    error: expected,
  });

const web = address(/^https?:$/, 'an http:// or https:// address is expected');
const secret = line.regex(/^\S+$/, { error: 'there are blanks in it' });

const BOT_NAME = /^[A-Z0-9]+(?:_[A-Z0-9]+)*$/;

function providerSection(provider: ModelProvider): Section {
  const { name, key, baseUrlSetting } = provider;
  return {
    name,
    fields: [
      { setting: key, question: `Key of ${name}`, isSecret: true, schema: secret },
      {
        setting: baseUrlSetting,
        question: `Address, if it is not ${name}'s own`,
        schema: web,
      },
    ],
    checks: (settings) => [modelCheck(provider, settings)],
  };
}

const KEYSTORE_HINT =
  'A raw key does not belong into .env: "npm run -s keystore -- FILE" puts it into an encrypted file, which is named here.';

const LOCAL_SERVERS: Section = {
  name: 'Ollama or LocalAI at another port',
  hint: 'At their usual ports both are found by themselves.',
  fields: [
    {
      setting: 'OLLAMA_API_ENDPOINT',
      question: 'Address of Ollama, such as http://127.0.0.1:11434',
      schema: web,
    },
    {
      setting: 'LOCALAI_BASE_URL',
      question: 'Address of LocalAI, such as http://127.0.0.1:8080/v1',
      schema: web,
    },
  ],
  checks: localServerChecks,
};

const AKASH: Section = {
  name: 'Akash: network and key',
  hint: `What is not set, the devnet of this machine stands in for. ${KEYSTORE_HINT}`,
  fields: [
    {
      setting: 'AKASH_NETWORK',
      question: 'Network',
      choices: ['mainnet', 'sandbox', 'custom'],
      schema: z.enum(['mainnet', 'sandbox', 'custom']),
    },
    { setting: 'AKASH_RPC_URL', question: 'A node of your own', schema: web },
    { setting: 'AKASH_CHAIN_ID', question: 'Its chain, for a custom network', schema: line },
    { setting: 'AKASH_KEYSTORE', question: 'Keystore file', schema: line },
    {
      setting: 'AKASH_KEYSTORE_PASSWORD_FILE',
      question: 'File with its password (only you may read it)',
      schema: line,
    },
    {
      setting: 'AKASH_KEYSTORE_PASSWORD',
      question: 'Or the password itself',
      isSecret: true,
      schema: line,
    },
  ],
  checks: (settings) => ofNames(['Akash', 'Akash key'], settings),
};

const REGISTRY: Section = {
  name: 'Registry of agents: EVM chain, wallet, IPFS',
  hint: `What is not set, the devnet of this machine stands in for. ${KEYSTORE_HINT}`,
  fields: [
    { setting: 'REGISTRY_RPC_URL', question: 'A node of the EVM chain', schema: web },
    {
      setting: 'REGISTRY_CHAIN_ID',
      question: 'The number of the chain',
      schema: line.regex(/^[1-9]\d{0,15}$/, { error: 'a number such as 8453 is expected' }),
    },
    { setting: 'AGENT_WALLET_FILE', question: 'Keystore file of the wallet', schema: line },
    {
      setting: 'AGENT_WALLET_PASSWORD_FILE',
      question: 'File with its password (only you may read it)',
      schema: line,
    },
    {
      setting: 'AGENT_WALLET_PASSWORD',
      question: 'Or the password itself',
      isSecret: true,
      schema: line,
    },
    { setting: 'IPFS_API_URL', question: "An IPFS node with Kubo's RPC", schema: web },
    { setting: 'IPFS_API_KEY', question: 'User name there, if it wants one', schema: line },
    { setting: 'IPFS_API_SECRET', question: 'And password', isSecret: true, schema: line },
  ],
  checks: (settings) => ofNames(['registry', 'registry wallet', 'IPFS'], settings),
};

function ofNames(names: readonly string[], settings: Environment): Check[] {
  const checks = [...networkChecks(settings), ...keystoreChecks(settings)];
  return checks.filter(({ name }) => names.includes(name));
}

const POSTGRES: Section = {
  name: 'PostgreSQL instead of the embedded database',
  fields: [
    {
      setting: 'POSTGRES_URL',
      question: 'Address, as postgres://user:password@host/database',
      // It has a password in it.
      isSecret: true,
      schema: address(
        /^postgres(?:ql)?:$/,
        'an address like postgres://user@host/database is expected',
      ),
    },
  ],
  checks: (settings) => [databaseCheck(settings)],
};

function botSection(platform: BotPlatform, agent: string): Section {
  const setting = tokenSetting(platform, agent);
  return {
    name: agent,
    hint: platform.hint,
    fields: [{ setting, question: `Token of the bot of ${agent}`, isSecret: true, schema: secret }],
    checks: (settings) => (settings[setting] ? [botCheck(platform, setting, settings)] : []),
  };
}

const alone = (section: Section): Topic => ({ name: section.name, sections: [section] });

/** What a person is asked for. @param agents names of those who may have bots */
export function topicsFor(agents: readonly string[]): Topic[] {
  return [
    ...MODEL_PROVIDERS.map((provider) => alone(providerSection(provider))),
    alone(LOCAL_SERVERS),
    ...BOT_PLATFORMS.map((platform) => ({
      name: `${platform.name}: bots of agents`,
      sections: agents.map((agent) => botSection(platform, agent)),
    })),
    ...[AKASH, REGISTRY, POSTGRES].map(alone),
  ].filter(({ sections }) => sections.length > 0);
}

/**
 * What settings of these names belong to, bots of agents who are yet to be created among them.
 * @returns the sections, and the names that belong to none
 */
export function sectionsOf(
  names: readonly string[],
  agents: readonly string[],
): { sections: Section[]; unknown: string[] } {
  const known = topicsFor(agents).flatMap(({ sections }) => sections);
  const settings = new Set(known.flatMap(({ fields }) => fields.map(({ setting }) => setting)));
  const others = names.filter((name) => !settings.has(name));
  const later = others.flatMap((name) => laterBot(name) ?? []);
  const all = [...known, ...later].filter(({ fields }) =>
    fields.some(({ setting }) => names.includes(setting)),
  );
  return { sections: all, unknown: others.filter((name) => !laterBot(name)) };
}

function laterBot(name: string): Section | undefined {
  const platform = BOT_PLATFORMS.find(({ token }) => name.startsWith(`${token}_`));
  const agent = platform ? name.slice(platform.token.length + 1) : '';
  return platform && BOT_NAME.test(agent) ? botSection(platform, agent) : undefined;
}
