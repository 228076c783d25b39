import { parseUsd } from '@371os/kernel';
import { z } from 'zod';

const words = z.record(z.string().min(1).max(128), z.string().max(8_192));

const common = {
  /** Who may have the agent use it, at least. */
  role: z.enum(['guest', 'admin', 'owner']).default('admin'),
  /** What a call costs, in US dollars. */
  usdPerCall: z
    .string()
    .regex(/^\d{1,7}(\.\d{1,12})?$/, 'an amount is written as digits, such as 0.05')
    .transform(parseUsd)
    .optional(),
  /** The tools that are used; all of them by default. */
  tools: z.array(z.string().min(1).max(128)).optional(),
  /** True when nothing that it is told leaves this machine. */
  isLocal: z.boolean().default(false),
};

const program = z.strictObject({
  type: z.literal('stdio').default('stdio'),
  command: z.string().min(1).max(1_024),
  args: z.array(z.string().max(8_192)).default([]),
  env: words.default({}),
  cwd: z.string().min(1).optional(),
  ...common,
});

const remote = z.strictObject({
  type: z.enum(['http', 'streamable-http']),
  url: z.url({ protocol: /^https?$/ }),
  headers: words.default({}),
  ...common,
});

const serverName = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'letters, digits, dots and dashes are expected');

/** What a character says of MCP servers of elsewhere: `settings.mcp`. */
export const outsideConfig = z.object({
  servers: z.record(serverName, z.union([remote, program])).default({}),
});

export type OutsideConfig = z.output<typeof outsideConfig>;
export type ServerConfig = OutsideConfig['servers'][string];

// Of the agent's other settings none is handed out: whoever writes a character must not read them.
const PLACEHOLDER = /\$\{(MCP_[A-Z0-9_]{1,64})\}/g;

/**
 * Texts with the settings that they name as `${MCP_...}` put in.
 * @returns the names of those that are not set, too
 */
export function filledIn(
  texts: Readonly<Record<string, string>>,
  valueOf: (name: string) => unknown,
): { filled: Record<string, string>; missing: string[] } {
  const missing: string[] = [];
  const fill = (text: string): string =>
    text.replaceAll(PLACEHOLDER, (_whole, name: string) => {
      const value = valueOf(name);
      if (typeof value === 'string' && value !== '') return value;
      missing.push(name);
      return '';
    });
  const entries = Object.entries(texts).map(([name, text]) => [name, fill(text)] as const);
  return { filled: Object.fromEntries(entries), missing };
}
