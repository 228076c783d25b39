import type { GroupSpec } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import type { ChainContext } from './chain-context.ts';
import { refuse } from './chain-error.ts';
import { recordFormat } from './codec.ts';
import { packSpec } from './group-spec.ts';
import { deploymentKey, groupKey, type DeploymentId, type GroupId } from './ids.ts';
import type { Table } from './store.ts';

export interface Deployment extends DeploymentId {
  readonly state: 'active' | 'closed';
  /** SHA-256 of the manifest, in base64. */
  readonly hash: string;
  readonly createdAt: number;
}

export type GroupState = 'open' | 'paused' | 'insufficient_funds' | 'closed';

export interface Group extends GroupId {
  readonly state: GroupState;
  /** Packed GroupSpec. */
  readonly spec: string;
  readonly createdAt: number;
}

/** Deployments and their groups: who asks for what. */
export class Deployments {
  readonly #context: ChainContext;
  readonly #deployments: Table<Deployment>;
  readonly #groups: Table<Group>;

  constructor(context: ChainContext) {
    this.#context = context;
    this.#deployments = context.store.table('deployment', recordFormat());
    this.#groups = context.store.table('group', recordFormat());
  }

  find(id: DeploymentId): Deployment | undefined {
    return this.#deployments.get(deploymentKey(id));
  }

  all(owner = ''): Deployment[] {
    return this.#deployments.list(owner && `${owner}/`).map(([, deployment]) => deployment);
  }

  /** @throws ChainError when there is none (deployment 4) or it is closed (deployment 5). */
  active(id: DeploymentId): Deployment {
    const deployment = this.find(id) ?? refuse('deployment.notFound');
    return deployment.state === 'active' ? deployment : refuse('deployment.closed');
  }

  create(id: DeploymentId, specs: readonly GroupSpec[], hash: Uint8Array): Group[] {
    if (this.find(id)) refuse('deployment.exists');
    checkHash(hash);
    const { height } = this.#context;
    const deployment: Deployment = {
      ...{ owner: id.owner, dseq: id.dseq, state: 'active', createdAt: height },
      hash: Buffer.from(hash).toString('base64'),
    };
    this.#deployments.set(deploymentKey(id), deployment);
    this.#context.emit('akash.deployment.v1.EventDeploymentCreated', { id, hash: deployment.hash });
    return specs.map((spec, index) =>
      this.#saveGroup({
        ...{ owner: id.owner, dseq: id.dseq, gseq: index + 1, state: 'open' },
        ...{ spec: packSpec(spec), createdAt: height },
      }),
    );
  }

  /** @throws ChainError (deployment 10) when the hash is the same as before. */
  update(id: DeploymentId, hash: Uint8Array): void {
    const deployment = this.active(id);
    checkHash(hash);
    const text = Buffer.from(hash).toString('base64');
    if (text === deployment.hash) refuse('deployment.invalidHash');
    this.#deployments.set(deploymentKey(id), { ...deployment, hash: text });
    this.#context.emit('akash.deployment.v1.EventDeploymentUpdated', { id, hash: text });
  }

  close(id: DeploymentId): void {
    const deployment = this.find(id);
    if (deployment?.state !== 'active') return;
    this.#deployments.set(deploymentKey(id), { ...deployment, state: 'closed' });
    this.#context.emit('akash.deployment.v1.EventDeploymentClosed', { id });
  }

  group(id: GroupId): Group | undefined {
    return this.#groups.get(groupKey(id));
  }

  groups(id: DeploymentId): Group[] {
    return this.#groups.list(deploymentKey(id)).map(([, group]) => group);
  }

  /**
   * @throws ChainError (deployment 14, 15, 16, 17) when there is no such group, or it is in that
   * state or in one that nothing leads out of.
   */
  moveGroup(id: GroupId, state: GroupState): Group {
    const group = this.group(id) ?? refuse('deployment.groupNotFound');
    if (group.state === 'closed' || group.state === 'insufficient_funds')
      refuse('deployment.groupClosed');
    if (group.state === state)
      refuse(state === 'open' ? 'deployment.groupOpen' : 'deployment.groupPaused');
    return this.#saveGroup({ ...group, state });
  }

  #saveGroup(group: Group): Group {
    this.#groups.set(groupKey(group), group);
    return group;
  }
}

function checkHash(hash: Uint8Array): void {
  if (hash.length === 0) refuse('deployment.emptyHash');
  if (hash.length !== 32) refuse('deployment.invalidHash');
}
