import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { createChainNodeSDK } from '@akashnetwork/chain-sdk';
import { PROVIDERS } from '@371os/devnet';
import { DEVNET_IMAGES } from '../../scripts/devnet/images.ts';
import { startDevnet } from './local-chain.ts';
import { planService } from './manifests.ts';
import { Tenant } from './tenant.ts';

const START_TIMEOUT_MS = 120_000;
const directory = mkdtempSync(join(tmpdir(), '371os-devnet-'));

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

it(
  'the image 371os/agent is this company: it starts, and answers where the lease leads to',
  async () => {
    const devnet = await startDevnet({
      ...{ directory, blockTimeMs: 50, profiles: PROVIDERS.slice(0, 1), images: DEVNET_IMAGES },
    });
    const sdk = createChainNodeSDK({ query: { baseUrl: devnet.addresses.grpcUrl } });
    const tenant = await Tenant.of(devnet, sdk);
    const env = ['LOCAL_MODEL_DISCOVERY=false'];
    const plan = await planService({ image: '371os/agent:latest', port: 3710, env });
    const dseq = await tenant.lease(plan, 'oregon');
    await tenant.sendManifest('oregon', dseq, plan.manifest);
    const events = await tenant.stream('oregon', `/lease/${dseq}/1/1/kubeevents?follow=true`);
    await new Promise<void>((done) => {
      events.on('message', (data: Buffer) => {
        if ((JSON.parse(data.toString()) as { reason: string }).reason === 'Ready') done();
      });
    });
    events.terminate();
    const response = await fetch(`${await tenant.serviceUrl('oregon', dseq)}/api/agents`);
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('npm run login');
  },
  START_TIMEOUT_MS,
);
