const IN_VAIN = ['FAILED', 'REJECTED', 'CANCELED'];

/** Whether what was asked for has ended, and was not done. */
export function isInVain({ state }: { readonly state: string }): boolean {
  return IN_VAIN.includes(state);
}
