import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { createChainNodeSDK, JwtTokenManager } from '@akashnetwork/chain-sdk';
import { Source } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import {
  MsgCloseDeployment,
  MsgCreateDeployment,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { MsgCreateLease } from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import { Secp256k1Wallet } from '@cosmjs/amino';
import { DirectSecp256k1Wallet, Registry, type EncodeObject } from '@cosmjs/proto-signing';
import { SigningStargateClient } from '@cosmjs/stargate';
import type { DevnetInfo } from '@371os/devnet/client';
import { planService } from '../devnet/manifests.ts';

type Codec = { readonly $type: string; fromPartial(value: object): unknown };
type Sdk = ReturnType<typeof createChainNodeSDK>;

const CODECS = [MsgCreateDeployment, MsgCreateLease, MsgCloseDeployment];
const GAS_MARGIN = 1.4;
const GAS_PRICE = 0.025;

/** What somebody writes who deploys with chain-sdk and cosmjs alone, and keeps nothing. */
export class BareDeployer {
  readonly #info: DevnetInfo['akash'];
  readonly #pollMs: number;
  readonly #client: SigningStargateClient;
  readonly #sdk: Sdk;
  readonly #tokens: JwtTokenManager;

  private constructor(
    { info, pollMs }: { info: DevnetInfo['akash']; pollMs: number },
    [client, tokens]: [SigningStargateClient, JwtTokenManager],
  ) {
    this.#info = info;
    this.#pollMs = pollMs;
    this.#client = client;
    this.#tokens = tokens;
    this.#sdk = createChainNodeSDK({ query: { baseUrl: info.grpcUrl } });
  }

  static async of(init: {
    info: DevnetInfo['akash'];
    privateKey: string;
    pollMs: number;
  }): Promise<BareDeployer> {
    const key = Buffer.from(init.privateKey, 'hex');
    const client = await SigningStargateClient.connectWithSigner(
      init.info.rpcUrl,
      await DirectSecp256k1Wallet.fromKey(key, 'akash'),
      {
        registry: new Registry(CODECS.map((codec) => [`/${codec.$type}`, codec] as never)),
        broadcastPollIntervalMs: init.pollMs,
      },
    );
    return new BareDeployer(init, [
      client,
      new JwtTokenManager(await Secp256k1Wallet.fromKey(key, 'akash')),
    ]);
  }

  /** Deploys a web server in a region, to the first who bids, until it answers; then closes it. */
  async deploy(region: string, onReady: () => void): Promise<void> {
    const owner = this.#info.tenant;
    const id = { owner, dseq: Date.now() };
    const plan = await planService({ region });
    const deposit = { amount: { denom: 'uact', amount: '500000' }, sources: [Source.balance] };
    await this.#send(
      encode(MsgCreateDeployment, { id, groups: plan.groups, hash: plan.hash, deposit }),
    );
    const { market, provider: providers } = this.#sdk.akash;
    const filters = { owner, dseq: String(id.dseq) };
    const bidId = await this.#until(async () => {
      const { bids } = await market.v1beta5.getBids({ filters });
      return bids[0]?.bid?.id;
    });
    const { provider } = await providers.v1beta4.getProvider({ owner: bidId.provider });
    const gateway = provider?.hostUri ?? '';
    await this.#ask(gateway, '/status');
    await this.#send(encode(MsgCreateLease, { bidId }));
    const path = `/deployment/${String(id.dseq)}/manifest`;
    await this.#until(async () => {
      const { status } = await this.#ask(gateway, path, plan.manifest);
      return status === 200 || undefined;
    });
    const url = await this.#until(() => this.#address(gateway, String(id.dseq)));
    await (await fetch(url)).text();
    onReady();
    await this.#send(encode(MsgCloseDeployment, { id }));
  }

  async #address(gateway: string, dseq: string): Promise<string | undefined> {
    const { body } = await this.#ask(gateway, `/lease/${dseq}/1/1/status`);
    const { services = {} } = JSON.parse(body) as {
      services?: Record<string, { available: number; uris: string[] }>;
    };
    const [service] = Object.values(services);
    return service?.available === 1 ? `http://${service.uris[0] ?? ''}` : undefined;
  }

  async #send(message: EncodeObject): Promise<void> {
    const { tenant } = this.#info;
    const gas = Math.ceil((await this.#client.simulate(tenant, [message], '')) * GAS_MARGIN);
    const amount = String(Math.ceil(gas * GAS_PRICE));
    const fee = { gas: String(gas), amount: [{ denom: 'uakt', amount }] };
    const { code, transactionHash } = await this.#client.signAndBroadcast(tenant, [message], fee);
    if (code !== 0) throw new RangeError(`${transactionHash}: code ${String(code)}`);
  }

  async #ask(
    gateway: string,
    path: string,
    body?: string,
  ): Promise<{ status: number; body: string }> {
    const exp = Math.floor(Date.now() / 1_000) + 600;
    const token = await this.#tokens.generateToken({
      ...{ iss: this.#info.tenant, version: 'v1', exp, leases: { access: 'full' } },
    });
    return new Promise((done, fail) => {
      const outgoing = request(
        new URL(path, gateway),
        {
          ...{ ca: this.#info.authority, agent: false, method: body === undefined ? 'GET' : 'PUT' },
          headers: { authorization: `Bearer ${token}` },
        },
        (response) => {
          text(response).then((answer) => {
            done({ status: response.statusCode ?? 0, body: answer });
          }, fail);
        },
      );
      outgoing.once('error', fail).end(body);
    });
  }

  async #until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await pause(this.#pollMs);
    }
  }
}

function encode(codec: Codec, value: object): EncodeObject {
  return { typeUrl: `/${codec.$type}`, value: codec.fromPartial(value) };
}
