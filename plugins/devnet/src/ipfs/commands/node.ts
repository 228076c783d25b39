import type { Command } from '../call.ts';
import type { Repository } from '../repository.ts';

// What clients are told to expect; the part after the plus says who it is.
const VERSION = '0.39.0+371os-devnet';
const REPOSITORY_VERSION = '16';

export const id: Command = {
  run: (_call, { peerId, publicKey }) => ({
    json: {
      ...{ ID: peerId, PublicKey: publicKey, Addresses: [], Protocols: [] },
      AgentVersion: `kubo/${VERSION}`,
    },
  }),
};

export const version: Command = {
  run: () => ({
    json: {
      ...{ Version: VERSION, Commit: '', Repo: REPOSITORY_VERSION, Golang: '' },
      System: `${process.arch}/${process.platform}`,
    },
  }),
};

/** It has no peers: nothing of it leaves this machine. */
export const swarmPeers: Command = { run: () => ({ json: { Peers: [] } }) };

export const repoStat: Command = {
  run: (_call, { repository: { blocks, directory } }) => ({
    json: {
      ...{ RepoSize: blocks.totalBytes, StorageMax: blocks.limitBytes, NumObjects: blocks.count },
      ...{ RepoPath: directory, Version: `fs-repo@${REPOSITORY_VERSION}` },
    },
  }),
};

/** Deletes the blocks that no pin holds. */
export const repoGc: Command = {
  run: (_call, { repository }) => ({ lines: collected(repository) }),
};

async function* collected(repository: Repository): AsyncGenerator<object> {
  for (const cid of await repository.collectGarbage()) yield { Key: { '/': cid.toString() } };
}
