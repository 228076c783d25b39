import type { Outcome, TaskContext } from '@371os/plugin-tasks';
import type { DeploymentPlan } from '../domain/deployment-plan.ts';
import { withSecrets } from '../domain/deployment-plan.ts';
import type { Deployment } from '../domain/deployment.ts';
import { imagesIn } from '../domain/plan-words.ts';
import { DeploymentStateError } from '../deployment-errors.ts';
import { ChainRefusedError } from '../network-errors.ts';
import { keepWorkload } from '../store/deployment-store.ts';
import { PlacementSaga, type PlacementComponents } from './placement-saga.ts';

/** Has other images or variables run on the leases that a deployment has. */
export class WorkloadUpdate {
  readonly #components: PlacementComponents;

  constructor(components: PlacementComponents) {
    this.#components = components;
  }

  /** May be done again at any point: chain and providers take the same version twice. */
  async rollOut(
    deployment: Deployment,
    plan: DeploymentPlan,
    context: TaskContext,
  ): Promise<Outcome> {
    const { database } = this.#components;
    const { id, state, dseq, placements } = deployment;
    if (state !== 'ACTIVE' || dseq === undefined)
      throw new DeploymentStateError({ id, state, wish: 'updated' });
    await this.#announce(id, dseq, plan);
    await keepWorkload(database, id, { plan, placements });
    const saga = new PlacementSaga(this.#components, {
      ...{ deploymentId: id, attempt: 0, plan, excluded: [], known: [], avoided: [] },
      deposit: () => Promise.resolve(0n),
      mayGoOn: () => Promise.resolve(true),
    });
    const running = await saga.rollOut({ dseq, placements }, context.signal);
    await keepWorkload(database, id, { plan, placements: running });
    const where = running.flatMap(({ endpoints }) => endpoints).join(', ');
    return {
      state: 'COMPLETED',
      answer: `Deployment ${id} runs ${imagesIn(plan).join(', ')} now, at ${where}.`,
    };
  }

  // Providers take a manifest only when its hash is the one on chain.
  async #announce(id: string, dseq: string, plan: DeploymentPlan): Promise<void> {
    const { chain, compile, readSdl, secrets, fees } = this.#components;
    const { versionHash } = compile(withSecrets(readSdl(plan.sdl), secrets));
    const isKnown = async (): Promise<boolean> =>
      (await chain.deployment(dseq))?.versionHash === versionHash;
    if (await isKnown()) return;
    try {
      await chain.updateDeployment(dseq, versionHash, fees.journal(id));
    } catch (error) {
      if (!(error instanceof ChainRefusedError) || !(await isKnown())) throw error;
    }
  }
}
