import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { guestNamed, OWNER } from '@371os/kernel';
import { RegistryAgent, startTestNetworks, type TestNetworks } from './agent-fixture.ts';

const REQUEST =
  'register yourself on chain with the capabilities market research and pricing at 0.05 USDC per call';

let networks: TestNetworks;
let agent: RegistryAgent;

beforeAll(async () => {
  networks = await startTestNetworks();
  agent = await RegistryAgent.start('CFO Maya', networks.settings);
}, 60_000);
afterAll(async () => {
  await agent.runtime.stop();
  await networks.stop();
});

describe('by chat', () => {
  it('plans, waits for the owner, and answers with all that was asked for', async () => {
    const plan = await agent.ask(OWNER, REQUEST);
    expect(plan).toContain('nothing is sent yet');
    const id = /\/approve (\w+)/.exec(plan)?.[1] ?? '';
    const answer = await agent.ask(OWNER, `/approve ${id}`);
    expect(answer).toMatch(/CFO Maya is registered as agent \d+/);
    const report = await agent.registry.read(/agent (\d+)/.exec(answer)?.[1] ?? '');
    expect(report.isVerified).toBe(true);
    expect(report.isActive).toBe(true);
  });

  it('is for admins', async () => {
    expect(await agent.ask(guestNamed('ann'), REQUEST)).toContain('Only the owner or an admin');
  });
});
