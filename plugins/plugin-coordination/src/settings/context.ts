import { integerSetting, listSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of the context that agents give to programs, and of the bridge to them. */
export const contextSettings = z.object({
  /** The token of the programs that ask for context; without it neither port is opened. */
  ELECTRON_BRIDGE_TOKEN: z
    .string()
    .regex(/^\S{16,512}$/, 'at least 16 characters without spaces are expected')
    .optional(),
  /** Whose conversations and tasks that token is for: `owner`, or the name of a guest. */
  COORDINATION_BRIDGE_AS: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'owner, or a name of up to 64 letters, digits, dots and dashes')
    .default('bridge'),
  /** Port on loopback where `/agent-context` is. */
  COORDINATION_CONTEXT_PORT: integerSetting(1, 65_535).default(3001),
  /** Port on loopback where the WebSocket `/agent-bridge` is. */
  COORDINATION_BRIDGE_PORT: integerSetting(1, 65_535).default(8080),
  /** Web sites that may ask, with commas between them; none by default. */
  COORDINATION_BRIDGE_ORIGINS: listSetting
    .pipe(
      z.array(
        z.string().regex(/^https?:\/\/[^/\s]+$/, 'origins such as https://a.example are expected'),
      ),
    )
    .prefault(''),
});

export type ContextSettings = Readonly<z.output<typeof contextSettings>>;
