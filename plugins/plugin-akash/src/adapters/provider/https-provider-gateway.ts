import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { CutOffError, refuseCutOff, type Clock } from '@371os/kernel';
import { z } from 'zod';
import WebSocket from 'ws';
import { goJson, type Json } from '../../domain/sdl/compiled.ts';
import {
  ProviderGarbageError,
  ProviderIdentityError,
  ProviderRefusedError,
  ProviderUnreachableError,
} from '../../network-errors.ts';
import type { AkashChain, ChainProvider, LeaseId } from '../../ports/akash-chain.ts';
import type { LeaseStatus, LogLine, ProviderGateway } from '../../ports/provider-gateway.ts';
import type { Signer } from '../../ports/signer.ts';
import { accessToken } from './access-token.ts';
import { VerifiedAgent } from './verified-agent.ts';

export interface HttpsProviderGatewayInit {
  readonly signer: Signer;
  /** Says which certificates a provider has. */
  readonly chain: Pick<AkashChain, 'certificates'>;
  readonly now: Clock;
  /** How long a provider may take for one answer. */
  readonly timeoutMs: number;
}

interface Call {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly body?: string;
  readonly isPublic?: boolean;
}

const LONGEST_ANSWER_BYTES = 4_000_000;
const LONGEST_WORDS = 300;
const NOT_FOUND = 404;

const statusSchema = z.object({
  services: z
    .record(
      z.string(),
      z.object({
        name: z.string().optional(),
        total: z.number().int().default(0),
        available: z.number().int().default(0),
        ready_replicas: z.number().int().optional(),
        uris: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
  forwarded_ports: z
    .record(
      z.string(),
      z.array(
        z.object({
          host: z.string(),
          port: z.number().int(),
          externalPort: z.number().int(),
          proto: z.string(),
        }),
      ),
    )
    .nullish(),
});
const logSchema = z.object({ name: z.string(), message: z.string() });

/** Akash's providers over HTTPS and WebSocket, as the lessee whose key signs. */
export class HttpsProviderGateway implements ProviderGateway {
  readonly #init: HttpsProviderGatewayInit;

  constructor(init: HttpsProviderGatewayInit) {
    this.#init = init;
  }

  async sendManifest(
    provider: ChainProvider,
    dseq: string,
    manifest: readonly Json[],
  ): Promise<void> {
    const path = `/deployment/${dseq}/manifest`;
    await this.#call(provider, { method: 'PUT', path, body: goJson(manifest) });
  }

  async leaseStatus(provider: ChainProvider, id: LeaseId): Promise<LeaseStatus | undefined> {
    try {
      const body = await this.#call(provider, { method: 'GET', path: `${pathOf(id)}/status` });
      return readStatus(provider, body);
    } catch (error) {
      if (error instanceof ProviderRefusedError && error.status === NOT_FOUND) return undefined;
      throw error;
    }
  }

  async logs(provider: ChainProvider, id: LeaseId, lines: number): Promise<readonly LogLine[]> {
    const agent = await this.#agent(provider);
    const token = await accessToken(this.#init.signer, this.#init.now());
    const path = `${pathOf(id)}/logs?follow=false&tail=${String(lines)}`;
    const url = new URL(path, provider.hostUri);
    url.protocol = 'wss:';
    const socket = new WebSocket(url, {
      agent,
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: this.#init.timeoutMs,
      maxPayload: LONGEST_ANSWER_BYTES,
    });
    return readLines(socket, { provider: provider.owner, most: lines, ...this.#init });
  }

  async probe(provider: ChainProvider): Promise<number | undefined> {
    const began = performance.now();
    try {
      await this.#call(provider, { method: 'GET', path: '/status', isPublic: true });
      return performance.now() - began;
    } catch (error) {
      if (CutOffError.isIn(error)) throw error;
      return undefined;
    }
  }

  async #call(provider: ChainProvider, call: Call): Promise<string> {
    const agent = await this.#agent(provider);
    const { status, body } = await this.#exchange(provider, call, agent);
    if (status >= 200 && status < 300) return body;
    throw new ProviderRefusedError({
      provider: provider.owner,
      status,
      words: body.trim().slice(0, LONGEST_WORDS) || 'it gives no reason',
    });
  }

  async #exchange(
    provider: ChainProvider,
    { method, path, body, isPublic }: Call,
    agent: VerifiedAgent,
  ): Promise<{ status: number; body: string }> {
    const token = isPublic ? undefined : await accessToken(this.#init.signer, this.#init.now());
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    try {
      return await new Promise((resolve, reject) => {
        const signal = AbortSignal.timeout(this.#init.timeoutMs);
        const url = new URL(path, provider.hostUri);
        const outgoing = httpsRequest(url, { agent, method, headers, signal }, (response) => {
          response.on('data', countBytes(outgoing));
          text(response).then((answer) => {
            resolve({ status: response.statusCode ?? 0, body: answer });
          }, reject);
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      });
    } catch (cause) {
      if (cause instanceof ProviderIdentityError) throw cause;
      refuseCutOff(provider.hostUri, nameOf(provider));
      throw new ProviderUnreachableError({ provider: provider.owner, cause });
    }
  }

  async #agent(provider: ChainProvider): Promise<VerifiedAgent> {
    const { owner, hostUri } = provider;
    refuseCutOff(hostUri, nameOf(provider));
    const certificates = await this.#init.chain.certificates(owner);
    return new VerifiedAgent({ provider: owner, certificates, timeoutMs: this.#init.timeoutMs });
  }
}

function nameOf({ owner }: ChainProvider): string {
  return `provider ${owner}`;
}

function pathOf({ dseq, gseq, oseq }: LeaseId): string {
  return `/lease/${dseq}/${String(gseq)}/${String(oseq)}`;
}

// A provider is a stranger: an endless answer ends here.
function countBytes(outgoing: { destroy(error: Error): void }): (chunk: Buffer) => void {
  let size = 0;
  return (chunk) => {
    size += chunk.length;
    if (size > LONGEST_ANSWER_BYTES) outgoing.destroy(new RangeError('The answer is too long.'));
  };
}

function readStatus({ owner, hostUri }: ChainProvider, body: string): LeaseStatus {
  try {
    const { services, forwarded_ports: ports } = statusSchema.parse(JSON.parse(body));
    return {
      services: Object.entries(services ?? {}).map(([name, service]) => ({
        ...{ name, wanted: service.total, uris: service.uris ?? [] },
        ready: service.ready_replicas ?? service.available,
      })),
      forwardedPorts: Object.entries(ports ?? {}).flatMap(([service, forwarded]) =>
        forwarded.map(({ host, port, externalPort, proto }) => ({
          ...{ service, port, externalPort, protocol: proto },
          host: host || new URL(hostUri).hostname,
        })),
      ),
    };
  } catch (cause) {
    throw new ProviderGarbageError({ provider: owner, cause });
  }
}

/** Collects lines until the provider closes, has sent enough, or says nothing for too long. */
async function readLines(
  socket: WebSocket,
  { provider, most, timeoutMs }: { provider: string; most: number; timeoutMs: number },
): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  try {
    return await new Promise((resolve, reject) => {
      const end = (): void => {
        resolve(lines);
      };
      let silence = setTimeout(end, timeoutMs);
      socket.on('message', (data: Buffer) => {
        clearTimeout(silence);
        silence = setTimeout(end, timeoutMs);
        const line = logSchema.safeParse(parseJson(data));
        if (line.success) lines.push(line.data);
        if (lines.length >= most) end();
      });
      socket.once('close', () => {
        clearTimeout(silence);
        end();
      });
      socket.once('error', reject);
    });
  } catch (cause) {
    if (cause instanceof ProviderIdentityError) throw cause;
    throw new ProviderUnreachableError({ provider, cause });
  } finally {
    socket.terminate();
  }
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
