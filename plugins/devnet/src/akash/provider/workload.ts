import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { endServer, listen, LOOPBACK } from '../loopback-server.ts';
import type { KnownImages } from './images.ts';
import { LeaseJournal } from './lease-journal.ts';
import type { Expose, ManifestGroup } from './manifest.ts';
import { ServiceProcess } from './service-process.ts';

const HTTP_PORT = 80;

/** A port of a service and the port of this machine that leads to it. */
export interface PortMapping {
  readonly service: string;
  readonly port: number;
  readonly externalPort: number;
  readonly proto: string;
  readonly hostPort: number;
  /** Reached by an address of its own, as web servers are, and not by host and port. */
  readonly isIngress: boolean;
}

interface ForwardedPort {
  readonly host: string;
  readonly port: number;
  readonly externalPort: number;
  readonly proto: string;
  readonly name: string;
}

export interface WorkloadInit {
  readonly group: ManifestGroup;
  readonly ports: readonly PortMapping[];
  readonly directory: string;
  readonly images: KnownImages;
  /** Says that all is well, and runs nothing. */
  readonly isLie: boolean;
  readonly onUnstable: () => void;
}

/** What runs for one lease: a process for each of its services. */
export class Workload {
  readonly journal = new LeaseJournal();
  readonly #init: WorkloadInit;
  readonly #services: ReadonlyMap<string, ServiceProcess>;

  constructor(init: WorkloadInit) {
    this.#init = init;
    this.#services = new Map(
      init.isLie ? [] : init.group.services.map((one) => [one.name, this.#run(one)]),
    );
  }

  get serviceNames(): string[] {
    return this.#init.group.services.map(({ name }) => name);
  }

  /** As `GET /lease/.../status` answers. */
  status(): object {
    const { group, ports } = this.#init;
    const forwarded = ports.filter(({ isIngress }) => !isIngress);
    const services = group.services.map(({ name }) => [name, this.serviceStatus(name)] as const);
    return {
      services: Object.fromEntries(services),
      forwarded_ports: Object.groupBy(forwarded.map(presentPort), ({ name }) => name),
      ips: null,
    };
  }

  /** As `GET /lease/.../service/NAME/status` answers; nothing for a service that there is not. */
  serviceStatus(name: string): object | undefined {
    const service = this.#init.group.services.find((one) => one.name === name);
    if (!service) return undefined;
    const { count } = service;
    const ready = this.#init.isLie || this.#services.get(name)?.isReady ? count : 0;
    const uris = this.#init.ports
      .filter((mapping) => mapping.service === name && mapping.isIngress)
      .map(({ hostPort }) => `${LOOPBACK}:${String(hostPort)}`);
    return {
      ...{ name, uris, available: ready, total: count, observed_generation: 1, replicas: count },
      ...{ updated_replicas: count, ready_replicas: ready, available_replicas: ready },
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#services.values()].map(async (service) => service.stop()));
  }

  #run({ name, image, env }: ManifestGroup['services'][number]): ServiceProcess {
    const { ports, directory, images, onUnstable } = this.#init;
    return new ServiceProcess({
      ...{ service: name, image, env: env ?? [], images, onUnstable },
      ...{ directory: join(directory, name), journal: this.journal },
      ports: ports.filter(({ service }) => service === name).map(({ hostPort }) => hostPort),
    });
  }
}

/**
 * Gives each port that a group exposes to the world a port of this machine that is free now: the
 * one that it had before, if it can be.
 */
export async function mapPorts(
  group: ManifestGroup,
  before: readonly PortMapping[] = [],
): Promise<PortMapping[]> {
  const exposed = group.services.flatMap(({ name, expose }) =>
    (expose ?? []).filter((one) => one.global).map((one) => ({ service: name, expose: one })),
  );
  const servers = exposed.map(() => createServer());
  await Promise.all(
    servers.map(async (server, index) => listen(server, before[index]?.hostPort ?? 0)),
  );
  const free = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(endServer));
  return exposed.map(({ service, expose }, index) => mappingOf(service, expose, free[index] ?? 0));
}

function mappingOf(service: string, expose: Expose, hostPort: number): PortMapping {
  const { port, externalPort, proto } = expose;
  const outside = externalPort === 0 ? port : externalPort;
  const isIngress = proto === 'TCP' && outside === HTTP_PORT;
  return { service, port, externalPort: outside, proto, hostPort, isIngress };
}

function presentPort({ service, port, proto, hostPort }: PortMapping): ForwardedPort {
  return { host: LOOPBACK, port, externalPort: hostPort, proto, name: service };
}
