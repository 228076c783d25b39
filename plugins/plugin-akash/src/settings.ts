import { z } from 'zod';

const secrets = z.record(z.string().regex(/^[A-Za-z][\w-]{0,63}$/), z.string());

/** Settings of planning deployments. */
export const akashSettings = z.object({
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

export type AkashSettings = Readonly<z.output<typeof akashSettings>>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
