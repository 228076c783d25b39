import { typedCommand, type Command } from '@371os/kernel';
import { z } from 'zod';
import { planDeployment } from './actions/deploy-to-akash.ts';
import { SPEC_DEFAULTS } from './domain/deployment-spec.ts';

const field = (description: string): z.ZodOptional<z.ZodString> =>
  z.string().describe(description).optional();
const usual = (name: keyof typeof SPEC_DEFAULTS): string => `${SPEC_DEFAULTS[name]} by default`;

const SDL_FILE = /\.ya?ml$/i;

/** The slash commands of Akash. */
export const commands: readonly Command[] = [
  typedCommand({
    name: 'deploy',
    summary: 'plans a deployment on Akash; it costs nothing until the owner approves it',
    minimumRole: 'admin',
    takes: {
      schema: z.object({
        image: z.string().describe('a container image such as nginx:alpine, or an SDL file'),
        cpu: field(`CPUs, ${usual('cpu')}`),
        memory: field(usual('memory')),
        storage: field(usual('storage')),
        replicas: field(usual('replicas')),
        ports: field(`such as 80/http,5432/tcp; ${usual('ports')}`),
        maxCost: field(`most US dollars a month, ${usual('maxCost')}`),
        regions: field(usual('regions')),
        env: field('NAME=value; secrets only as NAME=secret:NAME'),
        mountPath: field('where kept data is mounted; without it nothing is kept'),
        redundancy: field(`on how many providers, ${usual('redundancy')}`),
      }),
      positional: ['image'],
    },
    run: async ({ runtime, message, principal: requester }, { image, env, ...given }) => {
      const by = { runtime, message, requester };
      const { mountPath } = given;
      const kept = mountPath === undefined ? {} : { persistence: 'true' };
      const environment = env === undefined ? {} : { environment: env };
      const fields = { ...given, ...kept, ...environment };
      const wanted = SDL_FILE.test(image)
        ? { fields, manifestPath: image }
        : { fields: { ...fields, dockerImage: image } };
      return (await planDeployment(by, wanted)).text;
    },
  }),
];
