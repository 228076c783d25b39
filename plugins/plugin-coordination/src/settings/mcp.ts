import { integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of what the company offers over MCP. */
export const mcpSettings = z.object({
  /** Address under which other programs reach this company; that of the server by default. */
  COORDINATION_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** The organisation whose memory this is. */
  COORDINATION_ORGANISATION: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'up to 64 letters, digits, dots and dashes are expected')
    .default('company'),
  /** How long a call of a tool may take, in milliseconds. */
  COORDINATION_MCP_CALL_MS: integerSetting(1_000, 3_600_000).default(600_000),
  /** Most sessions of clients that speak MCP of 2025 at once. */
  COORDINATION_MCP_SESSIONS: integerSetting(1, 10_000).default(256),
  /** Most requests of a principal a minute over MCP. */
  COORDINATION_MCP_PER_MINUTE: integerSetting(1, 1_000_000).default(1_200),
});

export type McpSettings = Readonly<z.output<typeof mcpSettings>>;
