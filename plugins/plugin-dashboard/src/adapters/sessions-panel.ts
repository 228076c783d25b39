import type { PanelSource } from '../ports/panel-source.ts';
import type { SignedIn } from '../domain/signed-in.ts';

/** Which browsers are signed in. */
export function sessionsPanel(known: { list(): Promise<SignedIn[]> }): PanelSource<'sessions'> {
  return {
    ...{ name: 'sessions', everyMs: 2_000 },
    read: async () => ({ state: 'ok', data: { sessions: await known.list() } }),
  };
}
