import type { z } from 'zod';
import { IssueTrackerError } from '../errors/issues.ts';

/** A request to a tracker's REST interface. */
export interface TrackerRequest {
  /** For errors. */
  readonly place: string;
  readonly url: URL;
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What is sent as JSON; a request without is a GET. */
  readonly body?: unknown;
}

const ANSWER_WITHIN_MS = 15_000;
const LARGEST_BYTES = 8_000_000;

const REFUSALS: Readonly<Record<number, string>> = {
  401: 'the token is not accepted; make a new one and set it',
  403: 'the token may not do this, or it was asked too often; give the token access to issues, or wait',
  404: 'there is no such project, or the token may not see it; check the name and the token',
  410: 'issues are turned off there; turn them on',
  422: 'it does not accept the issue as it is',
  429: 'it was asked too often; try again later',
};

/** Asks a tracker, follows it nowhere else, and reads at most 8 MB. @throws IssueTrackerError */
export async function askTracker<Answer extends z.ZodType>(
  { place, url, token, headers, body }: TrackerRequest,
  schema: Answer,
): Promise<z.output<Answer>> {
  const fail = (problem: string, isRetryable: boolean, cause?: unknown): IssueTrackerError =>
    new IssueTrackerError({ place, problem, isRetryable, cause });
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'user-agent': '371os',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    text = await boundedText(response);
  } catch (cause) {
    throw fail(`${url.host} does not answer; check the address and try again`, true, cause);
  }
  const { status, ok } = response;
  if (!ok)
    throw fail(REFUSALS[status] ?? `it answers HTTP ${status}; try again later`, status >= 500);
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw fail(`${url.host} answers something else than such a tracker does`, false, cause);
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > LARGEST_BYTES) throw new RangeError('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A path below the address of a tracker, whatever follows its host. */
export function pathBelow(base: string, path: string): URL {
  return new URL(`${base.replace(/\/+$/, '')}/${path}`);
}
