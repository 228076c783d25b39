import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestDevnet, type TestDevnet } from './akash-devnet.ts';

const SMALL_AGENT = fileURLToPath(new URL('small-agent.ts', import.meta.url));

/** An Akash devnet whose providers run the small agent for ours, and what those have written down. */
export interface SmallAgents extends TestDevnet {
  /** How many copies of an agent have run after each of them began or ended. */
  copiesOf(id: string): number[];
  /** What copies have done with a task, in order: `begins 4711`, `ends 4711`, with the port of the copy. */
  deedsOf(taskId: string): string[];
  /** Numbers of the deployments that are open on chain. */
  open(): string[];
  /** Numbers of those that have a lease. */
  leased(): string[];
}

export async function startSmallAgents(): Promise<SmallAgents> {
  const fixedVariables = { COPIES: '' };
  const network = await startTestDevnet(100, {
    '371os/agent': {
      ...{ args: [SMALL_AGENT], workingDirectory: process.cwd(), fixedVariables },
      ...{ portVariable: 'SERVER_PORT', dataVariable: 'DATA_DIR' },
      allowedVariables: ['AGENT_CHARACTER', 'AGENT_TOKEN'],
    },
  });
  const copies = join(network.directory, 'copies');
  writeFileSync(copies, '');
  fixedVariables.COPIES = copies;
  const { chain, tenant } = network.devnet;
  const lines = (): string[] => readFileSync(copies, 'utf8').split('\n');
  return {
    ...network,
    copiesOf: (id) => {
      let running = 0;
      return lines().flatMap((line) => {
        const [of, what] = line.split(' ');
        return of === id ? [(running += what === 'begins' ? 1 : -1)] : [];
      });
    },
    deedsOf: (taskId) => {
      const beginning = `task ${taskId} `;
      return lines().flatMap((line) =>
        line.startsWith(beginning) ? [line.slice(beginning.length)] : [],
      );
    },
    open: () =>
      chain.state.deployments
        .all(tenant.address)
        .flatMap(({ state, dseq }) => (state === 'active' ? [dseq] : [])),
    leased: () =>
      chain.state.market
        .leases()
        .flatMap(({ owner, state, dseq }) =>
          owner === tenant.address && state === 'active' ? [dseq] : [],
        ),
  };
}
