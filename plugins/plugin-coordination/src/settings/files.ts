import { isAbsolute } from 'node:path';
import { integerSetting, listSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of the files that are offered over MCP. */
export const filesSettings = z.object({
  /** The folders that programs may work in, with commas between them; none by default. */
  COORDINATION_DIRECTORIES: listSetting
    .pipe(z.array(z.string().refine(isAbsolute, 'whole paths such as /srv/shared are expected')))
    .prefault(''),
  /** How long one look or change may take, in milliseconds. */
  COORDINATION_FILES_MS: integerSetting(1_000, 600_000).default(30_000),
  /** Most bytes of one answer. */
  COORDINATION_FILES_MOST_BYTES: integerSetting(1_000, 100_000_000).default(4_000_000),
});

export type FilesSettings = Readonly<z.output<typeof filesSettings>>;
