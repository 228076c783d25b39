import { z } from 'zod';

/** Settings of where shortcuts and workspaces are. */
export const catalogueSettings = z.object({
  /** Folders with `shortcuts/` and `workspaces/` of one's own, with commas between them. */
  COMET_FOLDERS: z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((path) => path.trim())
        .filter((path) => path !== ''),
    )
    .prefault(''),
});

export type CatalogueSettings = Readonly<z.output<typeof catalogueSettings>>;
