import type { FetchGetUrlFunc } from 'ethers';
import { wayTo } from '@371os/kernel';

/**
 * How ethers sends a request. By itself it keeps the connection to a node that does not answer open for
 * ever, with all that belongs to it; here it ends with the time-out of the request.
 */
export const getUrl: FetchGetUrlFunc = async ({ url, method, headers, body, timeout }) => {
  const response = await fetch(await wayTo(url), {
    ...{ method, headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) },
    ...(body ? { body: Buffer.from(body) } : {}),
  });
  return {
    statusCode: response.status,
    statusMessage: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
};
