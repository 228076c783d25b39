import { z } from 'zod';

/** Settings of where outputs go. */
export const outputSettings = z.object({
  /** The folder that outputs are written into. */
  COMET_OUTPUT_FOLDER: z.string().min(1).default('.371os/output'),
});

export type OutputSettings = Readonly<z.output<typeof outputSettings>>;
