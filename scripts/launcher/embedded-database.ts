import { writeSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import type { IDatabaseAdapter } from '@elizaos/core';
import { isDiskFull } from '@371os/kernel';

const STDERR = 2;
const FULL =
  'The disk is full, and the database could not write: 371OS has ended. What was acknowledged is kept, and what was being done is done again after the next start. Make room, and start again.';
const FAILED =
  'The embedded database has failed, and 371OS has ended. What was acknowledged is kept, and what was being done is done again after the next start: start again (371os.log in the data directory has the details).';

/**
 * Ends the process, as a power cut would, when its embedded database cannot write any more. One that has
 * aborted answers nothing ever again; and one without room would have attempts at tasks fail for good
 * before it aborts with the next segment of its log.
 */
export async function endWithDatabase(database: IDatabaseAdapter): Promise<void> {
  const client = (await database.getConnection()) as PGlite;
  await client.waitReady;
  client.Module['onAbort'] = () => {
    end(FAILED);
  };
  const run = client.execProtocolStream.bind(client);
  client.execProtocolStream = async (...call) => {
    try {
      return await run(...call);
    } catch (error) {
      if (isDiskFull(error)) end(FULL);
      throw error;
    }
  };
}

// At once and on this very line: nothing more may be said to whoever waits, and nothing more written.
function end(words: string): never {
  writeSync(STDERR, `${words}\n`);
  process.exit(1);
}
