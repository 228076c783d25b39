import type { Deployment } from '@371os/plugin-akash';
import type { Workplace } from '@371os/plugin-lifecycle';
import {
  mergeCapabilities,
  type CensusPart,
  type ClassCensus,
  type Instance,
} from '../domain/census.ts';
import type { CensusSource } from '../ports/census-source.ts';
import { UNKNOWN_REGION, type HomePlace } from './home-place.ts';

export interface ComputeCensusInit {
  /** Where the agents work; undefined without a lifecycle. */
  readonly workplaces: () => Promise<readonly Workplace[]> | undefined;
  /** What is deployed on Akash; undefined where nothing can be. */
  readonly deployments: () =>
    Promise<readonly Pick<Deployment, 'id' | 'state' | 'placements'>[]> | undefined;
  readonly home: HomePlace;
}

interface Running {
  readonly provider: string;
  readonly region: string;
}

const NAME = 'the roster of agents and the deployments on Akash';

/** Where agents and other workloads run: machines of the company, and providers of Akash. */
export class ComputeCensus implements CensusSource {
  readonly name = NAME;
  readonly covers = ['compute provider', 'region'] as const;
  readonly #init: ComputeCensusInit;

  constructor(init: ComputeCensusInit) {
    this.#init = init;
  }

  async take(): Promise<CensusPart> {
    const { workplaces, deployments } = this.#init;
    const [agents, deployed] = await Promise.all([workplaces(), deployments()]);
    const instances = (agents ?? []).map((agent) => ({
      role: agent.role,
      ...this.#instance(agent),
    }));
    const running = [...instances, ...otherLeases(deployed ?? [], agents ?? [])];
    const more = {
      couldUse: deployed ? ['a new lease on Akash'] : [],
      absent: agents
        ? 'No agent is seen to work.'
        : 'There is no roster: no agent here has @371os/plugin-lifecycle.',
    };
    return {
      classes: [
        classOf('compute provider', running, ({ provider }) => provider, more),
        classOf('region', running, ({ region }) => region, more),
      ],
      capabilities: mergeCapabilities(
        instances.map(({ role, ...instance }) => ({
          name: `work of the ${role}`,
          instances: [instance],
        })),
      ),
    };
  }

  // Who works takes tasks, so it is well as far as its lifecycle knows.
  #instance({ name, kind, place, region }: Workplace): Instance {
    const { home } = this.#init;
    const operator = kind === 'akash' ? place : home.node;
    const where = kind === 'akash' ? (region ?? UNKNOWN_REGION) : home.region;
    return { name, operator, provider: place, region: where, isHealthy: true };
  }
}

function classOf(
  dependency: 'compute provider' | 'region',
  running: readonly Running[],
  nameOf: (one: Running) => string,
  more: Pick<ClassCensus, 'couldUse' | 'absent'>,
): ClassCensus {
  const suppliers = running.map((one) => ({ name: nameOf(one), weight: 1 }));
  const source = 'agents that work now, and leases on Akash';
  return { dependency, source, pools: [{ name: 'agents and leases', suppliers }], ...more };
}

// The lease of an agent counts with the agent.
function otherLeases(
  deployed: readonly Pick<Deployment, 'id' | 'state' | 'placements'>[],
  agents: readonly Workplace[],
): Running[] {
  return deployed
    .filter(({ id, state }) => state === 'ACTIVE' && !agents.some((one) => one.deploymentId === id))
    .flatMap(({ placements }) => placements)
    .map(({ provider, region = UNKNOWN_REGION }) => ({ provider, region }));
}
