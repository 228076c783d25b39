/** Where a hosted agent runs. */
export interface HostedPlace {
  readonly dseq: string;
  readonly provider: string;
  readonly region: string | undefined;
  readonly endpoint: string;
  /** What its leases take, in words. */
  readonly price: string;
  /** The most that a month may cost, as was approved. */
  readonly maximumUsd: string;
}

/** An agent that is hosted on Akash. */
export interface HostedSign {
  /** Its name; `NAME#1` for an instance beside its first place. */
  readonly agent: string;
  readonly deploymentId: string;
  /** Where it is, or was until it was lost. */
  readonly noted: HostedPlace;
  /** `moving` while it is placed anew; undefined when it is closed. */
  readonly place: HostedPlace | 'moving' | undefined;
}

/** The agents of this company that are hosted on Akash. */
export interface HostedFleet {
  list(): Promise<HostedSign[]>;
  find(deploymentId: string): Promise<HostedPlace | 'moving' | undefined>;
  /**
   * Asks the chain for the lease of a deployment: who gets an answer is not cut off itself.
   * @throws ChainUnreachableError, CutOffError
   */
  askChain(deploymentId: string): Promise<void>;
  /** Whether the agent's server says that it is well. */
  answers(place: HostedPlace): Promise<boolean>;
  /**
   * Has it placed with the cheapest other provider, in another region where one is offered, within what
   * was approved; its lease is closed first, once. Nothing happens when it has moved already.
   */
  move(deploymentId: string, dseq: string): Promise<void>;
}
