import { CompanyClient } from '@371os/client';
import type { Connection, Speaker } from './connection.ts';

interface ServerAddress {
  readonly url: string;
  readonly ownerToken: string;
}

/** A company that a server of this machine runs. */
export function connectToServer({ url, ownerToken }: ServerAddress): Connection {
  const clientOf = ({ as }: Speaker): CompanyClient =>
    new CompanyClient({ url, token: ownerToken, as });
  return {
    ask: ({ text, room, agent, as }, events) =>
      clientOf({ room, as }).ask({ text, room, agent, ...events }),
    history: (speaker, limit) => clientOf(speaker).history({ room: speaker.room, limit }),
    close: () => Promise.resolve(),
  };
}
