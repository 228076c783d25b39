import type { TextStreamResult } from '@elizaos/core';
import type { ModelAnswer } from '../domain/model-call.ts';

/** The shape in which ElizaOS reads a stream. It may read the text and nothing else. */
export function streamResult(
  written: AsyncGenerator<string, ModelAnswer | undefined>,
): TextStreamResult {
  const text = Promise.withResolvers<string>();
  const end = Promise.withResolvers<ModelAnswer | undefined>();
  const parts = {
    text: text.promise,
    usage: end.promise.then((ended) => (ended ? tokenUsage(ended) : undefined)),
    finishReason: end.promise.then((ended) => ended?.finishReason),
  };
  // What nobody reads must not end the process when it fails.
  for (const part of Object.values(parts)) part.catch(() => undefined);
  return { textStream: observe(written, text, end), ...parts };
}

async function* observe(
  written: AsyncGenerator<string, ModelAnswer | undefined>,
  text: PromiseWithResolvers<string>,
  end: PromiseWithResolvers<ModelAnswer | undefined>,
): AsyncGenerator<string, void> {
  let whole = '';
  try {
    for (;;) {
      const { done, value } = await written.next();
      if (done) {
        end.resolve(value);
        return;
      }
      whole += value;
      yield value;
    }
  } catch (error) {
    text.reject(error);
    end.reject(error);
    throw error;
  } finally {
    // Also when the reader stops early: the call is then ended and settled.
    await written.return(undefined);
    text.resolve(whole);
    end.resolve(undefined);
  }
}

function tokenUsage({ usage: { tokensIn, tokensOut } }: ModelAnswer): {
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
} {
  return { promptTokens: tokensIn, completionTokens: tokensOut, totalTokens: tokensIn + tokensOut };
}
