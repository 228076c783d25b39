/**
 * The result of work that may take so many milliseconds. Work that is late goes on unheard.
 * @throws what the work throws, or what `late` makes when its time is over
 */
export async function withinTime<Result>(
  work: PromiseLike<Result>,
  timeoutMs: number,
  late: () => Error,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
