import { environment, integerSetting, readSettings } from '@371os/kernel';
import { z } from 'zod';

/** Settings of an agent in a container of its own, beside those of its plugins. */
export const agentSettings = z.object({
  /** What the process is: one agent, or a worker of a company on its PostgreSQL server. */
  AGENT_ROLE: z.enum(['agent', 'worker']).default('agent'),
  /** Its character, as JSON or as base64 of that. */
  AGENT_CHARACTER: z.string().optional(),
  /** Whoever sends it is its owner. */
  AGENT_TOKEN: z.string().min(32, 'at least 32 characters are expected').optional(),
  /** The address that it listens at. */
  SERVER_HOST: z
    .union([z.ipv4(), z.ipv6()], 'an IP address is expected, such as 0.0.0.0')
    .default('127.0.0.1'),
  /**
   * How long what it is answering may take when it is told to end, in milliseconds. Kubernetes ends it
   * by force after 30 s, and closing the database takes some of them.
   */
  AGENT_DRAIN_MS: integerSetting(0, 3_600_000).default(25_000),
});

export type AgentSettings = Readonly<z.output<typeof agentSettings>>;

/** @throws InvalidSettingError */
export function readAgentSettings(): AgentSettings {
  return readSettings(agentSettings, environment);
}
