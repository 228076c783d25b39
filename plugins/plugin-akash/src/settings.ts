import { addressListSetting, integerSetting } from '@371os/kernel';
import { z } from 'zod';
import { NETWORK_NAMES } from './domain/network.ts';

const secrets = z.record(z.string().regex(/^[A-Za-z][\w-]{0,63}$/), z.string());

const milliseconds = (byDefault: number) => integerSetting(1, 3_600_000).default(byDefault);

const address = z.url({ protocol: /^https?$/ });
const text = z.string().min(1);

const fields = z.object({
  /** Whose data stands for what is not set here: `networks.json`. */
  AKASH_NETWORK: z.enum(NETWORK_NAMES).optional(),
  /** Where a node of the chain speaks CometBFT's JSON-RPC. */
  AKASH_RPC_URL: address.optional(),
  /** Other nodes of the same chain, asked in this order while that one does not answer. */
  AKASH_RPC_FALLBACKS: addressListSetting,
  /** The only chain that anything is signed for. */
  AKASH_CHAIN_ID: text.optional(),
  /** What a unit of gas costs. */
  AKASH_GAS_PRICE: z
    .string()
    .regex(/^\d+(\.\d+)?uakt$/)
    .optional(),
  /** Where an indexer tells how long providers were up. */
  AKASH_CONSOLE_URL: address.optional(),
  /** Key of the account that pays: 64 hexadecimal digits or the words of a mnemonic. */
  AKASH_KEY: text.optional(),
  /** An encrypted keystore file with that key instead. */
  AKASH_KEYSTORE: text.optional(),
  AKASH_KEYSTORE_PASSWORD: text.optional(),
  /** A file that holds the password and that nobody else can read. */
  AKASH_KEYSTORE_PASSWORD_FILE: text.optional(),
  /** Whose word on providers counts. */
  AKASH_AUDITOR: z.string().default('akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63'),
  /** For how many days a new deployment is paid ahead. */
  AKASH_DEPOSIT_DAYS: integerSetting(1, 30).default(3),
  /** How long a node or a provider may take for one answer. */
  AKASH_TIMEOUT_MS: milliseconds(15_000),
  /** How often chain and providers are asked while something is awaited. */
  AKASH_POLL_MS: milliseconds(3_000),
  /** How long the first offer may take. */
  AKASH_NO_BID_MS: milliseconds(330_000),
  /** How long others may take after the first offer. */
  AKASH_MORE_BIDS_MS: milliseconds(20_000),
  /** How long a provider may take to accept a manifest; it closes the lease after five minutes. */
  AKASH_MANIFEST_MS: milliseconds(240_000),
  /** How long a service may take to answer. */
  AKASH_READY_MS: milliseconds(600_000),
  /** How long the chain may take to turn AKT into ACT. */
  AKASH_MINT_MS: milliseconds(600_000),
  /** How long whoever approves or closes waits for the end before it is told in the room. */
  AKASH_ANSWER_MS: milliseconds(90_000),
  /** How often what runs is looked after. */
  AKASH_WATCH_MS: milliseconds(60_000),
  /** An escrow that lasts less than this is topped up, within the month's maximum. */
  AKASH_RUNWAY_HOURS: integerSetting(1, 720).default(24),
  /** The folder that SDL files may be deployed from. */
  AKASH_SDL_DIRECTORY: z.string().min(1).default('sdl'),
  /** What `secret:NAME` stands for, as a JSON object: `{"DB_PASSWORD": "..."}`. */
  AKASH_SECRETS: z
    .string()
    .default('{}')
    .transform((text, context) => {
      const parsed = secrets.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      context.issues.push({
        code: 'custom',
        message: 'a JSON object of names and texts is expected, such as {"DB_PASSWORD": "..."}',
        // Not the text itself: an error must not show it.
        input: undefined,
      });
      return z.NEVER;
    }),
});

type Fields = z.output<typeof fields>;

/** What does not fit together, by the setting that has to be changed. */
function contradiction(settings: Fields): [keyof Fields, string] | undefined {
  const { AKASH_NETWORK, AKASH_RPC_URL, AKASH_CHAIN_ID, AKASH_KEY, AKASH_KEYSTORE } = settings;
  const { AKASH_KEYSTORE_PASSWORD, AKASH_KEYSTORE_PASSWORD_FILE } = settings;
  const isCustom = AKASH_NETWORK === 'custom' || (!AKASH_NETWORK && AKASH_RPC_URL !== undefined);
  if (isCustom && AKASH_RPC_URL === undefined)
    return ['AKASH_RPC_URL', 'a custom network needs the address of a node'];
  if (isCustom && AKASH_CHAIN_ID === undefined)
    return ['AKASH_CHAIN_ID', 'a node of your own needs the id of its chain, such as akashnet-2'];
  if (AKASH_KEY !== undefined && AKASH_KEYSTORE !== undefined)
    return ['AKASH_KEYSTORE', 'AKASH_KEY is set too: keep one of them'];
  if (AKASH_KEYSTORE !== undefined && !AKASH_KEYSTORE_PASSWORD && !AKASH_KEYSTORE_PASSWORD_FILE)
    return ['AKASH_KEYSTORE', 'set AKASH_KEYSTORE_PASSWORD or AKASH_KEYSTORE_PASSWORD_FILE, too'];
  return undefined;
}

/** Settings of deployments on Akash. Without a network and a key there are plans only. */
export const akashSettings = fields.check(({ value, issues }) => {
  const found = contradiction(value);
  if (!found) return;
  const [setting, message] = found;
  issues.push({ code: 'custom', path: [setting], message, input: undefined });
});

export type AkashSettings = Readonly<z.output<typeof akashSettings>>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
