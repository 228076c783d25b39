import { integerSetting, listSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of MCP servers of elsewhere. A character names them, and the operator bounds them here. */
export const outsideSettings = z.object({
  /** The programs that may be started as servers, with commas between them; none by default. */
  COORDINATION_OUTSIDE_PROGRAMS: listSetting.prefault(''),
  /** Hosts that may be asked though they are not in the public internet, such as `nas.local:8080`. */
  COORDINATION_OUTSIDE_HOSTS: listSetting.prefault(''),
  /** How long connecting and a call may take, each, in milliseconds. */
  COORDINATION_OUTSIDE_MS: integerSetting(500, 600_000).default(60_000),
  /** Most bytes of one answer. */
  COORDINATION_OUTSIDE_MOST_BYTES: integerSetting(1_000, 100_000_000).default(2_000_000),
});

export type OutsideSettings = Readonly<z.output<typeof outsideSettings>>;
