/** Knows for how much of the time providers were up. */
export interface ProviderUptime {
  /**
   * Share of the last seven days that a provider was up, in thousandths; undefined when nobody knows.
   * It does not throw: a bid is scored without the figure then.
   */
  permilleOf(provider: string): Promise<number | undefined>;
}
