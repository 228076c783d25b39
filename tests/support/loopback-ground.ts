import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './company.ts';
import { PLACES, settingsOf, type Ground, type Place } from './ground.ts';
import type { NamespaceOrder } from './namespace-end.ts';
import { TcpProxy } from './tcp-proxy.ts';

const END = new URL('./namespace-end.ts', import.meta.url).pathname;
const DETOUR = new URL('./detour.ts', import.meta.url).href;
// Public addresses, so that they count as the internet; nobody is asked there.
const MODELS = '11.1.0.1';
const CHAIN = '11.2.0.1';
const WAIT_MS = 20_000;

/**
 * The same on ports of loopback, where namespaces cannot be made: a detour in each process leads what would
 * go through the uplink to proxies that can lose it.
 */
export class LoopbackGround implements Ground {
  readonly how = 'on ports of loopback, through proxies';
  readonly #ports: Readonly<Record<Place, number>>;
  readonly #services: Readonly<Record<'models' | 'chain', number>>;
  readonly #end: ChildProcess;
  /** From `host:port` to the proxy before it. */
  readonly #proxies = new Map<string, TcpProxy>();

  private constructor(
    ports: Readonly<Record<Place, number>>,
    services: Readonly<Record<'models' | 'chain', number>>,
  ) {
    this.#ports = ports;
    this.#services = services;
    const host = '127.0.0.1';
    const order: NamespaceOrder = {
      models: { host, port: services.models },
      chain: { host, port: services.chain },
    };
    this.#end = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', END, JSON.stringify(order)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
  }

  static async make(): Promise<LoopbackGround> {
    const ports = { near: await freePort(), beside: await freePort(), far: await freePort() };
    const ground = new LoopbackGround(ports, { models: await freePort(), chain: await freePort() });
    await once(ground.#end.stdout!, 'data', { signal: AbortSignal.timeout(WAIT_MS) });
    for (const place of PLACES) await ground.#proxy(nodeAt(ports[place]), ports[place]);
    await ground.#proxy(`${MODELS}:80`, ground.#services.models);
    await ground.#proxy(`${CHAIN}:80`, ground.#services.chain);
    return ground;
  }

  environment(place: Place): Record<string, string> {
    const host = '127.0.0.1';
    const { near, beside, far } = this.#ports;
    const addresses = { near: [host, near], beside: [host, beside], far: [host, far] } as const;
    return {
      ...settingsOf(place, addresses, { models: MODELS, chain: CHAIN }),
      DETOURS: JSON.stringify(place === 'far' ? this.#fromFar() : this.#fromNear()),
      NODE_OPTIONS: `--import=${DETOUR}`,
    };
  }

  within(): readonly string[] {
    return [];
  }

  openDoor(): Promise<void> {
    return Promise.resolve();
  }

  cut(): void {
    for (const proxy of this.#proxies.values()) proxy.set('blackhole');
  }

  heal(): void {
    for (const proxy of this.#proxies.values()) proxy.set('pass');
  }

  async remove(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.stop()));
    if (this.#end.exitCode !== null || this.#end.signalCode !== null) return;
    const ended = once(this.#end, 'exit');
    this.#end.kill('SIGKILL');
    await ended;
  }

  #fromNear(): Record<string, number> {
    const { far } = this.#ports;
    return this.#throughUplink([nodeAt(far), `${MODELS}:80`, `${CHAIN}:80`]);
  }

  #fromFar(): Record<string, number> {
    const { near, beside } = this.#ports;
    const { models, chain } = this.#services;
    return {
      ...this.#throughUplink([nodeAt(near), nodeAt(beside)]),
      ...{ [`${MODELS}:80`]: models, [`${CHAIN}:80`]: chain },
    };
  }

  #throughUplink(targets: readonly string[]): Record<string, number> {
    const proxied = targets.map((target) => [target, this.#proxies.get(target)?.port ?? 0]);
    return Object.fromEntries(proxied) as Record<string, number>;
  }

  async #proxy(where: string, port: number): Promise<void> {
    this.#proxies.set(where, await TcpProxy.start({ host: '127.0.0.1', port }));
  }
}

function nodeAt(port: number): string {
  return `127.0.0.1:${String(port)}`;
}
