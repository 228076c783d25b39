import type { z } from 'zod';
import { BadAnswerError } from '../../errors/mode.ts';

const MOST_BYTES = 65_536;

/** Asks an HTTP address. What it answers may be anything. @throws what fetch throws when nobody answers */
export async function ask(
  url: string,
  init: RequestInit & { signal: AbortSignal },
): Promise<Response> {
  // A redirect would show that its target is there.
  return fetch(url, { redirect: 'manual', ...init });
}

/** The JSON of an answer, of a shape. @throws BadAnswerError */
export async function boundedJson<Shape extends z.ZodType>(
  response: Response,
  shape: Shape,
): Promise<z.output<Shape>> {
  const text = await boundedText(response);
  if (!response.ok) throw new BadAnswerError({ problem: `it answers HTTP ${response.status}` });
  const parsed = shape.safeParse(parseJson(text));
  if (!parsed.success) throw new BadAnswerError({ problem: 'it answers, but not as it should' });
  return parsed.data;
}

async function boundedText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece as Uint8Array);
    bytes += (piece as Uint8Array).byteLength;
    // Leaving the loop ends the connection.
    if (bytes > MOST_BYTES) throw new BadAnswerError({ problem: 'it answers without end' });
  }
  return Buffer.concat(pieces).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
