/** What is told to the world about a deployment, once it answers and again when it has ended. */
export interface DeploymentNotice {
  readonly deploymentId: string;
  readonly agent: string;
  readonly state: 'active' | 'closed';
  readonly owner: string;
  readonly leases: readonly {
    readonly dseq: string;
    readonly provider: string;
    readonly region: string | undefined;
    readonly endpoints: readonly string[];
  }[];
}

/** Where deployments are made known; the registry of agents is one. */
export interface DeploymentPublisher {
  /** May be called again with the same notice. */
  publish(notice: DeploymentNotice): Promise<void>;
}
