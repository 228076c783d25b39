import { ModelCallAbortedError } from '../errors.ts';

/**
 * The result of work, as long as somebody asks for it; the work goes on unheard when they have gone.
 * @throws what the work throws, or ModelCallAbortedError as soon as the asker goes
 */
export async function whileAsked<Result>(
  work: Promise<Result>,
  asker: AbortSignal | undefined,
): Promise<Result> {
  if (!asker) return work;
  const gone = Promise.withResolvers<never>();
  const leave = (): void => {
    gone.reject(new ModelCallAbortedError());
  };
  asker.addEventListener('abort', leave);
  try {
    return await Promise.race([work, gone.promise]);
  } finally {
    asker.removeEventListener('abort', leave);
  }
}
