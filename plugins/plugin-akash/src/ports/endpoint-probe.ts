/** Looks whether a service answers at its address. */
export interface EndpointProbe {
  /**
   * @param endpoint `http://host:port` or `tcp://host:port`
   * @param isLocalAllowed whether an address that is not public may be tried
   */
  answers(endpoint: string, isLocalAllowed: boolean): Promise<boolean>;
}
