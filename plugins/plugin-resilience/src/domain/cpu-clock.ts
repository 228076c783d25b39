/** How much of a processor a process uses, from how much time it has used of one. */
export class CpuClock {
  #last: { readonly usedMs: number; readonly atMs: number } | undefined;

  /**
   * Percent of one processor since the last reading; undefined at the first, and when no time has
   * passed. Both clocks never go back.
   */
  percent(usedMs: number, atMs: number): number | undefined {
    const last = this.#last;
    if (last && atMs <= last.atMs) return undefined;
    this.#last = { usedMs, atMs };
    return last && ((usedMs - last.usedMs) / (atMs - last.atMs)) * 100;
  }
}
