import { ModelType, type IAgentRuntime, type Plugin } from '@elizaos/core';
import { zeroVector } from './domain/zero-vector.ts';
import { gatewayOf } from './gateway-of.ts';

type Handlers = NonNullable<Plugin['models']>;

const TEXT_TYPES = [
  ModelType.TEXT_SMALL,
  ModelType.TEXT_LARGE,
  ModelType.TEXT_REASONING_SMALL,
  ModelType.TEXT_REASONING_LARGE,
  ModelType.TEXT_COMPLETION,
] as const;
const OBJECT_TYPES = [ModelType.OBJECT_SMALL, ModelType.OBJECT_LARGE] as const;

/** The handlers that ElizaOS calls for each model type. */
export const models = {
  ...Object.fromEntries(
    TEXT_TYPES.map((type) => [
      type,
      async (runtime: IAgentRuntime, parameters: unknown) =>
        (await gatewayOf(runtime)).answerText(type, parameters),
    ]),
  ),
  ...Object.fromEntries(
    OBJECT_TYPES.map((type) => [
      type,
      async (runtime: IAgentRuntime, parameters: unknown) =>
        (await gatewayOf(runtime)).answerObject(type, parameters),
    ]),
  ),
  [ModelType.TEXT_EMBEDDING]: embedText,
} as Handlers;

// ElizaOS asks for the embedding of nothing while it starts, to learn its size.
async function embedText(runtime: IAgentRuntime, parameters: unknown): Promise<number[]> {
  const text = textOf(parameters);
  if (text.trim() === '') return zeroVector();
  const [vector] = await (await gatewayOf(runtime)).embed([text]);
  return vector ?? zeroVector();
}

function textOf(parameters: unknown): string {
  if (typeof parameters === 'string') return parameters;
  if (typeof parameters !== 'object' || parameters === null || !('text' in parameters)) return '';
  return typeof parameters.text === 'string' ? parameters.text : '';
}
