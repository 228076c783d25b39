import type { Deployment } from '@371os/plugin-akash';
import { replicaName, type InstanceSight, type Workplace } from '@371os/plugin-lifecycle';
import {
  mergeCapabilities,
  type CensusPart,
  type ClassCensus,
  type Instance,
} from '../domain/census.ts';
import type { CensusSource } from '../ports/census-source.ts';
import { UNKNOWN_REGION, type HomePlace } from './home-place.ts';

type Leased = Pick<Deployment, 'id' | 'state' | 'placements'>;

export interface ComputeCensusInit {
  /** Where the agents work; undefined without a lifecycle. */
  readonly workplaces: () => Promise<readonly Workplace[]> | undefined;
  /** In which places hosted agents work; undefined without a lifecycle. */
  readonly places: () =>
    | Promise<readonly Pick<InstanceSight, 'agent' | 'index' | 'state' | 'deploymentId'>[]>
    | undefined;
  /** What is deployed on Akash; undefined where nothing can be. */
  readonly deployments: () => Promise<readonly Leased[]> | undefined;
  readonly home: HomePlace;
}

/** An agent at one of its places. */
interface Seat extends Instance {
  readonly role: string;
  readonly deploymentId: string | undefined;
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
    const { workplaces, places, deployments } = this.#init;
    const [agents, placed = [], deployed] = await Promise.all([
      workplaces(),
      places(),
      deployments(),
    ]);
    const active = deployed?.filter(({ state }) => state === 'ACTIVE');
    const more = placed.filter(({ index, state }) => index > 0 && state === 'ready');
    const seats = (agents ?? []).flatMap((agent) => [
      this.#seatOf(agent, active),
      ...more
        .filter((place) => place.agent === agent.name)
        .flatMap((place) => seatIn(place, agent.role, active ?? [])),
    ]);
    const running = [
      ...seats.filter(({ isHealthy }) => isHealthy),
      ...otherLeases(active ?? [], seats),
    ];
    const terms = {
      couldUse: deployed ? ['a new lease on Akash'] : [],
      absent: agents
        ? 'No agent is seen to work.'
        : 'There is no roster: no agent here has @371os/plugin-lifecycle.',
    };
    return {
      classes: [
        classOf('compute provider', running, ({ provider }) => provider, terms),
        classOf('region', running, ({ region }) => region, terms),
      ],
      capabilities: mergeCapabilities(
        seats.map(({ role, name, operator, provider, region, isHealthy }) => ({
          name: `work of the ${role}`,
          instances: [{ name, operator, provider, region, isHealthy }],
        })),
      ),
    };
  }

  // Who works takes tasks, so it is well as far as its lifecycle knows; but nowhere without its lease.
  #seatOf(agent: Workplace, active: readonly Leased[] | undefined): Seat {
    const { home } = this.#init;
    const { name, role, kind, place, region, operator, deploymentId } = agent;
    const isHosted = kind === 'akash';
    return {
      ...{ name, role, deploymentId, provider: place },
      // A process that does not say where it is fails with this one.
      operator: isHosted ? place : (operator ?? home.node),
      region: region ?? (isHosted ? UNKNOWN_REGION : home.region),
      isHealthy: !isHosted || (active?.some(({ id }) => id === deploymentId) ?? true),
    };
  }
}

// What an agent does goes on in each of its places when another one is lost.
function seatIn(
  { agent, index, deploymentId }: Pick<InstanceSight, 'agent' | 'index' | 'deploymentId'>,
  role: string,
  active: readonly Leased[],
): Seat[] {
  const lease = active.find(({ id }) => id === deploymentId);
  return placesOf(lease ? [lease] : []).map((where) => ({
    ...{ name: replicaName(agent, index), role, deploymentId, isHealthy: true },
    ...{ ...where, operator: where.provider },
  }));
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
function otherLeases(active: readonly Leased[], seats: readonly Seat[]): Running[] {
  return placesOf(active.filter(({ id }) => !seats.some((seat) => seat.deploymentId === id)));
}

function placesOf(leases: readonly Leased[]): Running[] {
  return leases
    .flatMap(({ placements }) => placements)
    .map(({ provider, region = UNKNOWN_REGION }) => ({ provider, region }));
}
