import { z } from 'zod';

// A token goes with each request: in clear text on this machine alone.
const trackerUrl = z.url({ protocol: /^https?$/ }).refine(
  (text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
  },
  { error: 'an https address is expected' },
);

/** Settings of where outputs go. */
export const outputSettings = z.object({
  /** The folder that outputs are written into. */
  COMET_OUTPUT_FOLDER: z.string().min(1).default('.371os/output'),
  /** GitHub's API, or that of an Enterprise Server. */
  COMET_GITHUB_URL: trackerUrl.default('https://api.github.com'),
  /** The repository that issues are opened in. */
  COMET_GITHUB_REPOSITORY: z
    .string()
    .regex(/^[\w-]{1,39}\/(?!\.{1,2}$)[\w.-]{1,100}$/, 'owner/name is expected')
    .optional(),
  /** A token that may write issues of it. */
  COMET_GITHUB_TOKEN: z.string().min(1).optional(),
  /** The address of a YouTrack, without /api. */
  COMET_YOUTRACK_URL: trackerUrl.optional(),
  /** The short name of the project that issues are opened in. */
  COMET_YOUTRACK_PROJECT: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'a short name such as WEB is expected')
    .optional(),
  /** A permanent token of its. */
  COMET_YOUTRACK_TOKEN: z.string().min(1).optional(),
});

export type OutputSettings = Readonly<z.output<typeof outputSettings>>;
