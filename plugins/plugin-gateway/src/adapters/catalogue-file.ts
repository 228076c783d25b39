import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  catalogueFile,
  findUnknownProvider,
  mergeCatalogues,
  type Catalogue,
  type CatalogueFile,
} from '../domain/catalogue.ts';
import { InvalidCatalogueError } from '../errors.ts';

const SHIPPED = fileURLToPath(new URL('../../models.json', import.meta.url));

/**
 * The shipped catalogue, extended by a file of the user's when one is given.
 * @throws InvalidCatalogueError naming the file and the path of what is wrong in it
 */
export function loadCatalogue(ownFile: string | undefined): Catalogue {
  const own = ownFile === undefined ? catalogueFile.parse({}) : readCatalogueFile(ownFile);
  const catalogue = mergeCatalogues(readCatalogueFile(SHIPPED), own);
  const unknown = findUnknownProvider(catalogue);
  if (unknown) throw new InvalidCatalogueError({ file: ownFile ?? SHIPPED, ...unknown });
  return catalogue;
}

function readCatalogueFile(file: string): CatalogueFile {
  const result = catalogueFile.safeParse(readJson(file));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new InvalidCatalogueError({
    file,
    path: issue?.path.map(String).join('.') ?? '',
    problem: issue?.message ?? 'it has a wrong shape',
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const problem =
      error instanceof SyntaxError
        ? `it is not JSON (${error.message})`
        : 'it cannot be read: check MODEL_CATALOGUE';
    throw new InvalidCatalogueError({ file, path: '', problem });
  }
}
