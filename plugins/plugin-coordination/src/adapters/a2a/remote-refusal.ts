import { A2AError, InvalidAgentResponseError } from '@a2a-js/sdk/errors';
import { BaseError } from '@371os/kernel';

const LONGEST = 300;
// As HTTP says that it is somebody's fault who asks; 408 and 429 pass.
const REFUSED = /\b(?:HTTP|status)[^0-9]{0,20}(400|401|403|404|405|410|413|415|422)\b/i;

/**
 * Why a remote agent refuses something, when it is that, and not that it does not answer or speaks
 * nonsense. The words are a stranger's, cut to size.
 */
export function refusalIn(error: unknown): string | undefined {
  // What never left is refused here; an answer that cannot be taken may come after the work.
  if (BaseError.isInstance(error))
    return error.code === 'ENDPOINT_REFUSED' ? error.message : undefined;
  if (!(error instanceof Error)) return undefined;
  const words = error.message.replace(/\s+/g, ' ').slice(0, LONGEST).toWellFormed();
  if (error instanceof A2AError) {
    const isNonsense: boolean = error instanceof InvalidAgentResponseError;
    return isNonsense || error.reason === 'INTERNAL_ERROR' ? undefined : words;
  }
  return REFUSED.test(words) ? words : undefined;
}
