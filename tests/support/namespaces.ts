import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { settingsOf, type Ground, type Place } from './ground.ts';
import type { NamespaceOrder } from './namespace-end.ts';

const END = new URL('./namespace-end.ts', import.meta.url).pathname;
const WAIT_MS = 20_000;
const MESH_PORT = 4371;

/** Addresses as the nodes see them; those of the internet are public ones, and no more than that here. */
const ADDRESSES = {
  near: '192.168.77.11',
  beside: '192.168.77.12',
  far: '11.3.0.2',
  models: '11.1.0.1',
  chain: '11.2.0.1',
} as const;
const LAN_GATEWAY = '192.168.77.1';
const UPLINK = ['11.9.0.1', '11.9.0.2'] as const;
const FAR_GATEWAY = '11.3.0.1';

/** Why network namespaces cannot be made here; undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  const name = `m371-${String(process.pid)}-try`;
  try {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'add', 'name', 'one', 'type', 'veth', 'peer', 'name', 'other');
    ip('-n', name, 'link', 'add', 'name', 'lan', 'type', 'bridge');
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n').at(1) ?? error.message) : 'unknown';
  } finally {
    tryIp('netns', 'del', name);
  }
}

/**
 * A local network with two machines, its uplink, and an internet of two services and a third machine: each
 * a network namespace of its own, so that what is cut is cut for the kernel. Names are unique to the process.
 */
export class Namespaces implements Ground {
  readonly how = 'in network namespaces';
  readonly #prefix = `m371-${String(process.pid)}`;
  readonly #ends: ChildProcess[] = [];
  readonly #doors: Server[] = [];
  readonly #onExit = (): void => {
    this.#remove();
  };

  /** Makes them. What could not be made whole is taken away again. */
  static async make(): Promise<Namespaces> {
    removeLeftOver();
    const made = new Namespaces();
    process.once('exit', made.#onExit);
    try {
      made.#build();
      await made.#end('internet', {
        models: { host: ADDRESSES.models, port: 80 },
        chain: { host: ADDRESSES.chain, port: 80 },
      });
      return made;
    } catch (error) {
      await made.remove();
      throw error;
    }
  }

  environment(place: Place): Record<string, string> {
    const { near, beside, far, ...services } = ADDRESSES;
    return settingsOf(
      place,
      { near: [near, MESH_PORT], beside: [beside, MESH_PORT], far: [far, MESH_PORT] },
      services,
    );
  }

  within(place: Place): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name(place)];
  }

  async openDoor(place: Place, port: number, folder: string): Promise<void> {
    const path = join(folder, 'door.sock');
    await this.#end(place, { door: { path, port } });
    const door = createServer((near) => {
      const far = connect({ path });
      near.on('error', () => far.destroy()).pipe(far);
      far.on('error', () => near.destroy()).pipe(near);
    });
    door.listen(port, '127.0.0.1');
    await once(door, 'listening');
    this.#doors.push(door);
  }

  // Its far end: whoever sends into it still has a link.
  cut(): void {
    ip('-n', this.#name('internet'), 'link', 'set', 'uplink', 'down');
  }

  heal(): void {
    ip('-n', this.#name('internet'), 'link', 'set', 'uplink', 'up');
    this.#routeBack();
  }

  async remove(): Promise<void> {
    for (const door of this.#doors.splice(0)) door.close();
    for (const end of this.#ends.splice(0)) {
      if (end.exitCode !== null || end.signalCode !== null) continue;
      const ended = once(end, 'exit');
      end.kill('SIGKILL');
      await ended;
    }
    this.#remove();
    process.off('exit', this.#onExit);
  }

  #build(): void {
    for (const name of ['near', 'beside', 'far', 'router', 'internet']) {
      ip('netns', 'add', this.#name(name));
      ip('-n', this.#name(name), 'link', 'set', 'lo', 'up');
    }
    ip('-n', this.#name('router'), 'link', 'add', 'name', 'lan', 'type', 'bridge');
    this.#addressed('router', 'lan', `${LAN_GATEWAY}/24`);
    for (const place of ['near', 'beside'] as const) {
      this.#cable([place, 'eth'], ['router', place]);
      ip('-n', this.#name('router'), 'link', 'set', place, 'master', 'lan', 'up');
      this.#addressed(place, 'eth', `${ADDRESSES[place]}/24`);
      this.#route(place, 'default', LAN_GATEWAY);
    }
    this.#cable(['router', 'uplink'], ['internet', 'uplink']);
    this.#addressed('router', 'uplink', `${UPLINK[0]}/24`);
    this.#addressed('internet', 'uplink', `${UPLINK[1]}/24`);
    this.#cable(['far', 'eth'], ['internet', 'far']);
    this.#addressed('internet', 'far', `${FAR_GATEWAY}/24`);
    this.#addressed('far', 'eth', `${ADDRESSES.far}/24`);
    this.#route('far', 'default', FAR_GATEWAY);
    this.#route('router', 'default', UPLINK[1]);
    this.#routeBack();
    for (const service of [ADDRESSES.models, ADDRESSES.chain])
      ip('-n', this.#name('internet'), 'address', 'add', `${service}/32`, 'dev', 'lo');
    for (const name of ['router', 'internet']) this.#forward(name);
  }

  // A link that goes down takes its routes with it.
  #routeBack(): void {
    this.#route('internet', '192.168.77.0/24', UPLINK[0]);
  }

  #cable(
    [place, device]: readonly [string, string],
    [other, peer]: readonly [string, string],
  ): void {
    ip(
      ...['link', 'add', 'name', device, 'netns', this.#name(place), 'type', 'veth'],
      ...['peer', 'name', peer, 'netns', this.#name(other)],
    );
  }

  #addressed(place: string, device: string, address: string): void {
    ip('-n', this.#name(place), 'address', 'add', address, 'dev', device);
    ip('-n', this.#name(place), 'link', 'set', device, 'up');
  }

  #route(place: string, to: string, by: string): void {
    ip('-n', this.#name(place), 'route', 'replace', to, 'via', by);
  }

  #forward(place: string): void {
    const setting = '/proc/sys/net/ipv4/ip_forward';
    ip('netns', 'exec', this.#name(place), 'sh', '-c', `echo 1 > ${setting}`);
  }

  async #end(place: string, order: NamespaceOrder): Promise<void> {
    const program = ['--disable-warning=ExperimentalWarning', END, JSON.stringify(order)];
    const args = ['netns', 'exec', this.#name(place), process.execPath, ...program];
    const end = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ends.push(end);
    const signal = AbortSignal.timeout(WAIT_MS);
    await Promise.race([
      once(end.stdout, 'data', { signal }),
      once(end, 'exit', { signal }).then(() => {
        throw new Error(`what was to run in the namespace of ${place} ended at once`);
      }),
    ]);
  }

  #name(place: string): string {
    return `${this.#prefix}-${place}`;
  }

  // Devices go with the namespaces that they are in.
  #remove(): void {
    for (const end of this.#ends) end.kill('SIGKILL');
    for (const name of ['near', 'beside', 'far', 'router', 'internet'])
      tryIp('netns', 'del', this.#name(name));
  }
}

function ip(...args: readonly string[]): string {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  return execFileSync('ip', args, { stdio: [...stdio], timeout: WAIT_MS, encoding: 'utf8' });
}

// Whoever is killed in the middle cannot take its own away.
function removeLeftOver(): void {
  for (const [name, pid] of ip('netns', 'list').matchAll(/^m371-(\d+)-\w+/gm))
    if (!isRunning(Number(pid))) tryIp('netns', 'del', name);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function tryIp(...args: readonly string[]): void {
  try {
    ip(...args);
  } catch {
    // It was never made.
  }
}
