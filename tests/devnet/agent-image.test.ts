import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { createChainNodeSDK } from '@akashnetwork/chain-sdk';
import { MsgCloseDeployment } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { CompanyClient, TokenRefusedError } from '@371os/client';
import { PROVIDERS } from '@371os/devnet';
import { DEVNET_IMAGES } from '../../scripts/devnet/images.ts';
import { eventually } from '../support/eventually.ts';
import { message, startDevnet } from './local-chain.ts';
import { planService } from './manifests.ts';
import { Tenant } from './tenant.ts';

const START_TIMEOUT_MS = 180_000;
const TOKEN = 'token-of-an-agent-on-a-devnet-0123456789';
const CHARACTER = readFileSync(new URL('../../characters/cmo-kai.json', import.meta.url), 'utf8');
const directory = mkdtempSync(join(tmpdir(), '371os-devnet-'));

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

it(
  'the image 371os/agent is one agent: it answers where the lease leads to, and ends with the lease',
  async () => {
    const devnet = await startDevnet({
      ...{ directory, blockTimeMs: 50, profiles: PROVIDERS.slice(0, 1), images: DEVNET_IMAGES },
    });
    const sdk = createChainNodeSDK({ query: { baseUrl: devnet.addresses.grpcUrl } });
    const tenant = await Tenant.of(devnet, sdk);
    const character = Buffer.from(CHARACTER).toString('base64');
    const env = [
      ...[`AGENT_CHARACTER=${character}`, `AGENT_TOKEN=${TOKEN}`, 'LOCAL_MODEL_DISCOVERY=false'],
      // Neither may a manifest decide how Node loads code, nor what else the process is.
      ...['NODE_OPTIONS=--no-such-option', 'AGENT_ROLE=worker'],
    ];
    const plan = await planService({ image: '371os/agent:0.1.0', port: 3710, env });
    const dseq = await tenant.lease(plan, 'oregon');
    await tenant.sendManifest('oregon', dseq, plan.manifest);
    const events = await tenant.stream('oregon', `/lease/${dseq}/1/1/kubeevents?follow=true`);
    const happened = (reason: string): Promise<void> =>
      new Promise((done) => {
        events.on('message', (data: Buffer) => {
          if ((JSON.parse(data.toString()) as { reason: string }).reason === reason) done();
        });
      });
    await happened('Ready');
    const url = await tenant.serviceUrl('oregon', dseq);

    const stranger = new CompanyClient({ url, token: 'no-token-of-this-agent' });
    await expect(stranger.listAgents()).rejects.toThrow(TokenRefusedError);
    const agent = new CompanyClient({ url, token: TOKEN });
    await eventually(async () => {
      expect(await agent.listAgents()).toMatchObject([{ name: 'CMO Kai', availability: 'free' }]);
    });
    const [task] = await agent.submitTask({ text: 'Spring campaign: spent 1000, earned 1150' });
    expect(task).toMatchObject({ agent: 'CMO Kai', state: 'COMPLETED' });
    expect(task?.answer).toContain('1.15');

    const id = { owner: tenant.address, dseq };
    const killed = happened('Killing');
    const { code } = await tenant.party.send(message(MsgCloseDeployment, { id }));
    expect(code).toBe(0);
    await killed;
    events.terminate();
    await expect(fetch(url)).rejects.toThrow();
  },
  START_TIMEOUT_MS,
);
