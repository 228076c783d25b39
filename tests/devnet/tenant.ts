import { createPrivateKey, sign } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';
import { JwtTokenManager, type createChainNodeSDK } from '@akashnetwork/chain-sdk';
import { Source } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { MsgCreateDeployment } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { MsgCreateLease } from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import { Secp256k1Wallet } from '@cosmjs/amino';
import type { AkashAddresses, AkashDevnet, CertificatePair, ChainKey } from '@371os/devnet';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { message, party, type Party } from './local-chain.ts';
import type { Plan } from './manifests.ts';

type Sdk = ReturnType<typeof createChainNodeSDK>;
type Bid = NonNullable<
  Awaited<ReturnType<Sdk['akash']['market']['v1beta5']['getBids']>>['bids'][number]['bid']
>;

// A private key of secp256k1 in DER, around its 32 bytes.
const SEC1 = ['302e0201010420', 'a00706052b8104000a'] as const;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** How a request shows who asks, and which name it asks for. */
export interface Manner {
  readonly token?: string | undefined;
  readonly certificate?: CertificatePair;
  /** `localhost` unless told: then the gateway's certificate is checked against the authority. */
  readonly name?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly fingerprint: string;
  readonly protocol: string;
}

/** A devnet: its addresses, an account with coins, and its chain when it is in this process. */
export interface Place {
  readonly addresses: AkashAddresses;
  readonly tenant: ChainKey;
  readonly chain?: AkashDevnet['chain'];
}

/** Somebody who deploys on a devnet, through the clients that everybody uses. */
export class Tenant {
  readonly devnet: Place;
  readonly party: Party;
  readonly #sdk: Sdk;
  #dseq = Date.now();

  private constructor(devnet: Place, self: Party, sdk: Sdk) {
    this.devnet = devnet;
    this.party = self;
    this.#sdk = sdk;
  }

  static async of(devnet: Place, sdk: Sdk): Promise<Tenant> {
    return new Tenant(devnet, await party(devnet, devnet.tenant), sdk);
  }

  get address(): string {
    return this.party.address;
  }

  /** Creates a deployment and returns its number. */
  async create({ groups, hash }: Plan): Promise<string> {
    this.#dseq += 1;
    const deposit = { amount: { denom: 'uact', amount: '5000000' }, sources: [Source.balance] };
    const id = { owner: this.address, dseq: this.#dseq };
    const result = await this.party.send(
      message(MsgCreateDeployment, { id, groups, hash, deposit }),
    );
    if (result.code !== 0) throw new Error(`creating: code ${String(result.code)}`);
    return String(this.#dseq);
  }

  async bids(dseq: string): Promise<Bid[]> {
    const filters = { owner: this.address, dseq };
    const { bids } = await this.#sdk.akash.market.v1beta5.getBids({ filters });
    return bids.flatMap(({ bid }) => bid ?? []);
  }

  /** Waits until a number of providers have bid. */
  async bidsOf(dseq: string, count: number): Promise<Bid[]> {
    let bids: Bid[] = [];
    await eventually(async () => {
      bids = await this.bids(dseq);
      if (bids.length < count) throw new Error(`${String(bids.length)} bids`);
    });
    return bids;
  }

  /** A deployment with a lease of a provider. */
  async lease(plan: Plan, provider: string): Promise<string> {
    const dseq = await this.create(plan);
    const { address } = this.provider(provider);
    await eventually(async () => {
      const own = (await this.bids(dseq)).find(({ id }) => id?.provider === address);
      if (!own) throw new Error('no bid yet');
      const result = await this.party.send(message(MsgCreateLease, { bidId: own.id }));
      if (result.code !== 0) throw new Error(`leasing: code ${String(result.code)}`);
    });
    return dseq;
  }

  async leaseState(dseq: string): Promise<{ state: number; reason: number }> {
    const filters = { owner: this.address, dseq };
    const { leases } = await this.#sdk.akash.market.v1beta5.getLeases({ filters });
    const { state = 0, reason = 0 } = leases[0]?.lease ?? {};
    return { state, reason };
  }

  provider(name: string): { address: string; hostUri: string } {
    const known = this.devnet.addresses.providers.find((provider) => provider.name === name);
    if (!known) throw new Error(`no provider ${name}`);
    return known;
  }

  async token(claims: object = {}): Promise<string> {
    const key = Buffer.from(this.devnet.tenant.privateKey, 'hex');
    const wallet = await Secp256k1Wallet.fromKey(key, 'akash');
    const exp = Math.floor(Date.now() / 1000) + 600;
    return new JwtTokenManager(wallet).generateToken({
      ...{ iss: this.address, version: 'v1', exp, leases: { access: 'full' }, ...claims },
    });
  }

  /** Asks a provider's gateway. */
  async ask(
    provider: string,
    path: string,
    { body, method = 'GET', ...manner }: { body?: string; method?: string } & Manner = {},
  ): Promise<Answer> {
    const { port } = new URL(this.provider(provider).hostUri);
    return new Promise((done, fail) => {
      const request = httpsRequest({
        ...{ host: 'localhost', port, path, method, agent: false, ...this.#tls(manner) },
        headers: manner.token === undefined ? {} : { Authorization: `Bearer ${manner.token}` },
      });
      request.once('error', fail).once('response', (response) => {
        const { socket } = response;
        if (!(socket instanceof TLSSocket)) throw new Error('no TLS');
        const fingerprint = socket.getPeerX509Certificate()?.fingerprint256 ?? '';
        const protocol = socket.getProtocol() ?? '';
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () => {
          done({ status: response.statusCode ?? 0, text, fingerprint, protocol });
        });
      });
      request.end(body);
    });
  }

  async sendManifest(provider: string, dseq: string, body: string): Promise<Answer> {
    const path = `/deployment/${dseq}/manifest`;
    return this.ask(provider, path, { method: 'PUT', body, token: await this.token() });
  }

  /** Waits until a provider says that the service `web` is ready, and returns its address. */
  async serviceUrl(provider: string, dseq: string): Promise<string> {
    let uri = '';
    const token = await this.token();
    await eventually(async () => {
      const { text } = await this.ask(provider, `/lease/${dseq}/1/1/status`, { token });
      const { services } = JSON.parse(text) as {
        services: Record<string, { available: number; uris: string[] }>;
      };
      if (services['web']?.available !== 1) throw new Error(`not ready: ${text}`);
      uri = services['web'].uris[0] ?? '';
    });
    return `http://${uri}`;
  }

  /** A stream of a provider's gateway. */
  async stream(provider: string, path: string, manner: Manner = {}): Promise<WebSocket> {
    const { port } = new URL(this.provider(provider).hostUri);
    const token = manner.token ?? (await this.token());
    return new WebSocket(`wss://localhost:${port}${path}`, {
      ...{ ...this.#tls(manner), headers: { Authorization: `Bearer ${token}` } },
    });
  }

  #tls({ certificate, name = 'localhost' }: Manner): object {
    return {
      ...{ servername: name, ca: this.devnet.addresses.authority },
      rejectUnauthorized: name === 'localhost',
      ...(certificate ? { cert: certificate.cert, key: certificate.privateKey } : {}),
    };
  }
}

/** A plain signature of a text, base64url: r and the smaller s. */
export function signText({ privateKey }: ChainKey, text: string): string {
  const der = Buffer.from(`${SEC1[0]}${privateKey}${SEC1[1]}`, 'hex');
  const key = createPrivateKey({ key: der, format: 'der', type: 'sec1' });
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  const smaller = s > ORDER / 2n ? ORDER - s : s;
  signature.write(smaller.toString(16).padStart(64, '0'), 32, 'hex');
  return signature.toString('base64url');
}
