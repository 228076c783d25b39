// On a real network, and only when somebody asks for it: LIVE_AKASH=1, with AKASH_NETWORK (mainnet by
// default) or AKASH_RPC_URL and AKASH_CHAIN_ID. What is read costs nothing. With a key (AKASH_KEYSTORE
// or AKASH_KEY) a small server is deployed and closed again, which costs about a cent.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { environment, OWNER, readSettings } from '@371os/kernel';
import {
  akashOf,
  akashSettings,
  chooseNetwork,
  configuredSigner,
  ConsoleUptime,
  CosmosAkashChain,
  loadNetworks,
  type AkashNetwork,
} from '@371os/plugin-akash';
import { AkashAgent } from './agent-fixture.ts';

const isLive = environment('LIVE_AKASH') === '1';
const hasKey = ['AKASH_KEY', 'AKASH_KEYSTORE'].some((name) => Boolean(environment(name)));
const TIMEOUT_MS = 60_000;
const ROUND_TRIP_MS = 1_200_000;
const LATEST_MS = 300_000;
// Of nobody: it signs nothing here.
const THROWAWAY_KEY = '01'.repeat(32);

const wanted = (name: string): unknown =>
  name === 'AKASH_NETWORK' && !environment('AKASH_RPC_URL')
    ? environment(name) || 'mainnet'
    : environment(name);

(isLive ? describe : describe.skip)('a live network, read only', () => {
  let network: AkashNetwork;
  let chain: CosmosAkashChain;
  beforeAll(async () => {
    const settings = readSettings(akashSettings, wanted);
    const chosen = chooseNetwork(settings, loadNetworks());
    const signer = await configuredSigner({ ...settings, AKASH_KEY: THROWAWAY_KEY });
    if (!chosen || !signer) throw new RangeError('no network is set');
    network = chosen;
    chain = new CosmosAkashChain({ ...network, signer, timeoutMs: 20_000, pollMs: 3_000 });
  });

  test(
    'makes blocks, takes deposits in ACT, and has a price of AKT',
    async () => {
      const { height, timeMs } = await chain.latestBlock();
      expect(height).toBeGreaterThan(0);
      expect(Date.now() - timeMs).toBeLessThan(LATEST_MS);
      expect(await chain.minimumDepositUact()).toBeGreaterThan(0n);
      expect(await chain.aktPriceMicroUsd()).toBeGreaterThan(0n);
      expect(await chain.mintBarrier()).toBeUndefined();
      expect(await chain.activeDeployments()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'has providers whose certificates and uptime can be read',
    async () => {
      const { consoleUrl: url } = network;
      if (url === undefined) throw new RangeError('no Console is known: set AKASH_CONSOLE_URL');
      const listed = (await (await fetch(`${url}/v1/providers`)).json()) as {
        owner: string;
        isOnline: boolean;
        uptime7d: number | null;
      }[];
      const online = listed.find(({ isOnline, uptime7d }) => isOnline && uptime7d !== null);
      const owner = online?.owner ?? 'nobody';
      const problems: string[] = [];
      const uptime = new ConsoleUptime({
        ...{ url, timeoutMs: 20_000, now: Date.now },
        log: (problem) => problems.push(problem),
      });
      expect((await chain.provider(owner))?.hostUri).toMatch(/^https:/);
      expect(await chain.certificates(owner)).not.toEqual([]);
      expect(await uptime.permilleOf(owner)).toBeLessThanOrEqual(1_000);
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

(isLive && hasKey ? describe : describe.skip)('a live network, with a funded key', () => {
  test(
    'takes a deployment, answers, and gives the rest of the deposit back',
    async () => {
      const names = Object.keys(akashSettings.shape);
      const set = names.map((name) => [name, wanted(name) ?? ''] as const);
      const agent = await AkashAgent.start({
        ...(Object.fromEntries(set) as Record<string, string>),
        AKASH_ANSWER_MS: '900000',
      });
      const idIn = (text: string): string => /\/approve ([0-9A-Z]{8})/.exec(text)?.[1] ?? 'no id';
      try {
        const plan = await agent.ask(
          OWNER,
          'deploy nginx:alpine with 0.5 cpu, 512Mi and 1Gi of storage, at most 3 dollars a month',
        );
        const id = idIn(plan);
        const running = await agent.ask(OWNER, `/approve ${id}`);
        const url = /runs: (http:\S+)/.exec(running)?.[1] ?? running;
        expect((await fetch(url)).status).toBe(200);
        const asked = await agent.ask(OWNER, `close deployment ${id}`);
        expect(await agent.ask(OWNER, `/approve ${idIn(asked)}`)).toMatch(
          /\d+ uact of its deposit came back/,
        );
      } finally {
        await closeAll(agent);
        await agent.runtime.stop();
      }
    },
    ROUND_TRIP_MS,
  );
});

// A test that fails must not leave anybody paying.
async function closeAll({ runtime }: AkashAgent): Promise<void> {
  const akash = await akashOf(runtime);
  const deployments = await akash.deployments();
  for (const { id, state } of await deployments.list())
    if (state !== 'CLOSED' && state !== 'FAILED')
      await akash.outcomeOf(await deployments.close(id));
}
