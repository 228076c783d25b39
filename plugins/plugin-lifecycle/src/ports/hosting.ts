import type { PicoUsd } from '@371os/kernel';
import type { BlockPrice, Json } from '@371os/plugin-akash';

/** An agent as it is to run elsewhere. */
export interface HostedAgent {
  /** Its id in the company; in the names of its secrets. */
  readonly id: string;
  readonly name: string;
  /** One more for each time that it is hosted anew: the token of an earlier one opens it no more. */
  readonly generation: number;
  /** Which of several instances it is; the first one by default. */
  readonly instance?: number | undefined;
  /** Its character file; without secrets, since it is part of what is approved. */
  readonly character: Readonly<Record<string, Json>>;
  /** The most that its models may cost in a month, in US dollars. */
  readonly modelCapUsd?: string | undefined;
}

/** What somebody wants of the place, in the words of the Akash plugin; a default for each left out. */
export interface HostingWishes {
  /** Cores, `0.5` or `500m`. */
  readonly cpu?: string | undefined;
  /** `1Gi`. */
  readonly memory?: string | undefined;
  /** `2Gi`; outlives a restart of the container, not a move to another provider. */
  readonly storage?: string | undefined;
  readonly regions?: readonly string[] | undefined;
  /** The most that a month may cost, in US dollars. */
  readonly maxMonthlyUsd?: string | undefined;
}

/** What hosting an agent comes to, before anything is paid. */
export interface HostingQuote {
  /** The most that a month may cost. */
  readonly monthlyPico: PicoUsd;
  /** For the person who approves it, a line each. */
  readonly lines: readonly string[];
  /** What is approved, to the letter; no secret is in it. */
  readonly plan: Json;
}

/** Where a hosted agent runs. */
export interface Place {
  readonly deploymentId: string;
  /** The chain's number of the deployment. */
  readonly dseq: string;
  readonly provider: string;
  readonly region: string | undefined;
  /** `http://host:port`, where it answers over REST. */
  readonly endpoint: string;
  /** The most that a month may cost. */
  readonly monthlyPico: PicoUsd;
  /** What its leases take. */
  readonly rate: BlockPrice;
}

export interface ProvisionOptions {
  /** Names what is provisioned: the same key never deploys twice. */
  readonly key: string;
  readonly requesterId: string;
  readonly roomId: string;
  readonly signal: AbortSignal;
  readonly onProgress?: ((words: string) => void) | undefined;
}

/** What came of closing a place. */
export interface Closed {
  /** What of its deposit came back; undefined where it had been closed before. */
  readonly refundedUact: bigint | undefined;
  /** What it has cost in all, rent and fees. */
  readonly costPico: PicoUsd;
}

/** Runs agents in places that are paid for. */
export interface Hosting {
  /** @throws an error that says what to set where nothing can be hosted */
  quote(agent: HostedAgent, wishes: HostingWishes): Promise<HostingQuote>;
  /**
   * Carries out a plan that was approved, and waits until the agent answers as ready. Repeated with
   * the same key, after a crash too, it goes on with what was begun. What failed for good is closed,
   * or can be closed by {@link close} under the same id.
   */
  provision(agent: HostedAgent, plan: Json, options: ProvisionOptions): Promise<Place>;
  /** Where it is now; `moving` while it is placed, anew after a lost lease; undefined when it is closed. */
  find(deploymentId: string): Promise<Place | 'moving' | undefined>;
  /** Whether an agent takes tasks at a place, under its token. */
  answers(agent: Pick<HostedAgent, 'id' | 'name' | 'generation'>, place: Place): Promise<boolean>;
  /**
   * Whether nothing runs there any more: it is closed, or its lease is and it has no other one yet.
   * What was given to it may be given to somebody else then, and not before.
   */
  isVacated(deploymentId: string): Promise<boolean>;
  /**
   * Has it placed anew with the cheapest other provider, in another region where one is offered, and its
   * lease closed, within what was approved. Nothing happens when it is not under that number any more.
   * @throws where the chain cannot be asked, before anything is changed
   */
  move(deploymentId: string, dseq: string): Promise<void>;
  /** The deployment of a key, whether it came up or not; undefined when none was begun. */
  deploymentOf(key: string): Promise<string | undefined>;
  /** The last lines that it has written, oldest first. @throws where it does not run, or its provider is away */
  logs(deploymentId: string, lines: number): Promise<readonly string[]>;
  /** Ends it, once; repeated it changes nothing. Undefined when there never was such a deployment. */
  close(deploymentId: string, options: { signal: AbortSignal }): Promise<Closed | undefined>;
}
