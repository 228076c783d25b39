import type { Provider, ProviderResult } from '@elizaos/core';
import { hasRole, principalOf } from '@371os/kernel';
import { describeLife } from '../domain/life-words.ts';
import { lifecycleOf } from '../services/lifecycle-service.ts';

const FRESH_MS = 5_000;
const seen = new WeakMap<object, { atMs: number; result: ProviderResult }>();

/** Puts who there is, and where in their lives they are, into the prompts of those who may know it. */
export const rosterProvider: Provider = {
  name: 'ROSTER',
  description: 'The agents of the company: who is ready, busy, being made or ended.',
  get: async (runtime, message): Promise<ProviderResult> => {
    if (!runtime.hasService('lifecycle') || !hasRole(principalOf(runtime, message), 'admin'))
      return {};
    try {
      const recent = seen.get(runtime);
      if (recent && Date.now() - recent.atMs < FRESH_MS) return recent.result;
      const agents = await (await lifecycleOf(runtime)).roster();
      const result = {
        text: `# Agents of the company\n${agents.map(describeLife).join('\n')}`,
        data: {
          agents: agents.map(({ id, name, role, state, hosting }) => ({
            id,
            name,
            role,
            state,
            hosting,
          })),
        },
      };
      seen.set(runtime, { atMs: Date.now(), result });
      return result;
    } catch (error) {
      // A provider that throws would cost the person the answer.
      runtime.logger.warn({ src: 'lifecycle:roster', error }, 'the roster is not known');
      return {};
    }
  },
};
