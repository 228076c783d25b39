import { lookup } from 'node:dns/promises';
import { get } from 'node:http';
import { connect } from 'node:net';
import { isPublicAddress } from '@371os/kernel';
import type { EndpointProbe } from '../ports/endpoint-probe.ts';

/**
 * Tries endpoints from this machine: HTTP by a request, anything else by a connection. A provider
 * names the host and may have its name changed at any time, so the address that was checked is the
 * one that is used.
 */
export class SocketProbe implements EndpointProbe {
  readonly #timeoutMs: number;

  constructor({ timeoutMs }: { timeoutMs: number }) {
    this.#timeoutMs = timeoutMs;
  }

  async answers(endpoint: string, isLocalAllowed: boolean): Promise<boolean> {
    try {
      const { protocol, hostname, port } = new URL(endpoint.replace(/^(tcp|udp):/, '$1x:'));
      // A datagram that gets no answer says nothing.
      if (protocol === 'udpx:') return true;
      const { address } = await lookup(hostname.replace(/^\[|\]$/g, ''));
      // A provider has no business to send us into a private network.
      if (!isLocalAllowed && !isPublicAddress(address)) return false;
      return protocol === 'http:'
        ? await this.#answersHttp(endpoint, address)
        : await this.#accepts(address, Number(port));
    } catch {
      return false;
    }
  }

  async #answersHttp(endpoint: string, address: string): Promise<boolean> {
    const { host, port, pathname } = new URL(endpoint);
    return new Promise((resolve) => {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const target = { host: address, port: port || '80', path: pathname, headers: { host } };
      get({ ...target, agent: false, signal }, (response) => {
        // An ingress says 502 to 504 until the service behind it is there.
        resolve((response.statusCode ?? 500) < 500);
        response.destroy();
      }).once('error', () => {
        resolve(false);
      });
    });
  }

  async #accepts(host: string, port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host, port, timeout: this.#timeoutMs });
      const end = (isOpen: boolean) => (): void => {
        socket.destroy();
        resolve(isOpen);
      };
      socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
    });
  }
}
