import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { failed, ok, warning, type Check, type Environment } from './check.ts';
import { answerOf, placeOf, withoutSlash } from './reach.ts';

/** A model server of this machine, and what it has. */
export interface LocalServer {
  readonly name: string;
  readonly url: string;
  readonly models: readonly string[];
}

/** What computes model files; npm does not install it by itself. */
export const LLAMA_PACKAGE = 'node-llama-cpp';
export const INSTALL_LLAMA = `npm install --no-save ${LLAMA_PACKAGE}@3.22.1`;

const OLLAMA = 'http://127.0.0.1:11434';
const LOCALAI = 'http://127.0.0.1:8080/v1';
const LOOPBACK = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/;

const tags = z.object({
  models: z.array(z.object({ name: z.string().min(1), remote_host: z.string().optional() })),
});
const list = z.object({ data: z.array(z.object({ id: z.string().min(1) })) });

/** The model servers of this machine that answer and have models: the company finds them by itself. */
export async function localServers(environment: Environment): Promise<LocalServer[]> {
  const ollama = withoutSlash(environment['OLLAMA_API_ENDPOINT'] ?? OLLAMA);
  const localai = withoutSlash(environment['LOCALAI_BASE_URL'] ?? LOCALAI);
  const found = await Promise.all([
    serverAt('Ollama', ollama.replace(/\/(?:api|v1)$/, ''), '/api/tags'),
    serverAt('LocalAI', localai, '/models'),
  ]);
  return found.filter(({ models }) => models.length > 0);
}

async function serverAt(name: string, url: string, path: string): Promise<LocalServer> {
  // Elsewhere it would be somebody else's machine.
  const isLocal = URL.canParse(url) && LOOPBACK.test(new URL(url).hostname);
  // A redirect could lead off the machine.
  const answer = isLocal ? await answerOf(`${url}${path}`, { redirect: 'error' }) : undefined;
  const ofOllama = tags.safeParse(answer?.body).data?.models;
  const models =
    ofOllama?.filter(({ remote_host }) => !remote_host).map((model) => model.name) ??
    list.safeParse(answer?.body).data?.data.map(({ id }) => id);
  return { name, url, models: models ?? [] };
}

/** One check for each model server of this machine whose address is set. */
export function localServerChecks(environment: Environment): Check[] {
  return [
    ['Ollama', 'OLLAMA_API_ENDPOINT'],
    ['LocalAI', 'LOCALAI_BASE_URL'],
  ].flatMap(([name = '', setting = '']) => {
    const url = environment[setting];
    if (!url) return [];
    const run: Check['run'] = async () => {
      const server = (await localServers(environment)).find((found) => found.name === name);
      return server
        ? ok(`has ${server.models.join(', ')}`)
        : warning(
            `no models at ${placeOf(url)} of this machine`,
            `Start ${name} there and give it a model, or correct ${setting}.`,
          );
    };
    return [{ name, run }];
  });
}

/** The model file that is set, and what computes it. None when there is no such setting. */
export function ggufChecks({ GGUF_MODEL_PATH: path }: Environment): Check[] {
  if (!path) return [];
  const run: Check['run'] = async () => {
    if (!existsSync(path))
      return failed(`${path} is not there`, 'Correct GGUF_MODEL_PATH: npm start refuses it.');
    return hasLlama()
      ? ok(path)
      : warning(`${path} needs ${LLAMA_PACKAGE}`, `Install it: ${INSTALL_LLAMA}`);
  };
  return [{ name: 'model file', run }];
}

/** Whether the package that computes model files is installed in this folder. */
export function hasLlama(): boolean {
  try {
    createRequire(join(resolve(), 'of-this-folder.js')).resolve(LLAMA_PACKAGE);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND';
  }
}
