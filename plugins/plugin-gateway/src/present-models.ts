import type { Resting } from './services/circuits.ts';
import type { ModelsDescription } from './services/model-registry.ts';

/** The models of each slot for a person, one slot a line, and those that are not asked for now. */
export function presentModels(
  { models, slots }: ModelsDescription,
  resting: readonly Resting[],
): string {
  if (models.length === 0)
    return 'No language model is configured, so rules do what they can: set OPENAI_API_KEY (or OPENAI_BASE_URL), or start Ollama on this machine.';
  const unpriced = models.filter(({ hasKnownPrice }) => !hasKnownPrice).map(({ id }) => id);
  const lines = Object.entries(slots).map(
    ([slot, ids]) => `${slot}: ${ids.length === 0 ? 'none' : ids.join(', ')}`,
  );
  const note =
    unpriced.length === 0 ? [] : [`Not used, for want of a price: ${unpriced.join(', ')}`];
  const rests = resting.map(({ model, reason }) => `${model} ${reason}`);
  return [...lines, ...note, ...rests].join('\n');
}
