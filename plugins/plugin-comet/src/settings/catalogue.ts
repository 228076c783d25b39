import { listSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of where shortcuts and workspaces are. */
export const catalogueSettings = z.object({
  /** Folders with `shortcuts/` and `workspaces/` of one's own, with commas between them. */
  COMET_FOLDERS: listSetting.prefault(''),
});

export type CatalogueSettings = Readonly<z.output<typeof catalogueSettings>>;
