import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { splitModelId } from '../domain/catalogue.ts';
import { SLOTS } from '../domain/select-slot.ts';
import { gatewayOf } from '../gateway-of.ts';
import type { ModelsDescription } from '../services/model-registry.ts';
import { presentOpenaiError } from './openai-error.ts';

const OWNER = '371os';
/** The policy chooses the slot. */
const AUTO = `${OWNER}/auto`;

/** What can be named as the model of a chat completion. */
export const openaiModels = authenticatedRoute({
  type: 'GET',
  path: '/v1/models',
  minimumRole: 'guest',
  body: z.object({}),
  presentError: presentOpenaiError,
  run: async ({ runtime }) => {
    const { models } = (await gatewayOf(runtime)).models();
    const choices = [AUTO, ...SLOTS.map((slot) => `${OWNER}/${slot}`)];
    return {
      object: 'list',
      data: [
        ...choices.map((id) => presentModel(id, OWNER)),
        ...models.map(({ id }) => presentModel(id, splitModelId(id).provider)),
      ],
    };
  },
});

/** What the gateway calls the model that a request names; undefined leaves it to the policy. */
export function wantedModel(name: string, { models }: ModelsDescription): string | undefined {
  if (name === AUTO) return undefined;
  if (name.startsWith(`${OWNER}/`)) return name.slice(OWNER.length + 1);
  // Many a program knows no other name than that of a vendor.
  return models.find(({ id }) => id === name || splitModelId(id).name === name)?.id ?? name;
}

function presentModel(id: string, owner: string): object {
  return { id, object: 'model', created: 0, owned_by: owner };
}
