import { Service, type IAgentRuntime } from '@elizaos/core';
import { agentSettings, processWide, secureRandom, serviceOf, systemClock } from '@371os/kernel';
import { readPageFiles, type PageFile } from '../adapters/page-files.ts';
import { companyPanels } from '../adapters/panels.ts';
import { sessionsPanel } from '../adapters/sessions-panel.ts';
import { SessionTokens } from '../adapters/session-tokens.ts';
import type { Session, SignedIn } from '../domain/signed-in.ts';
import { DashboardMissingError, UnknownPageFileError } from '../errors.ts';
import { dashboardSettings, type DashboardSettings } from '../settings.ts';
import { PanelHub } from './panel-hub.ts';
import { SessionStore, type SqlExecutor } from '../store/session-store.ts';
import { Sessions } from './sessions.ts';
import { SignInCodes } from './sign-in-codes.ts';

export type { PageFile } from '../adapters/page-files.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    DASHBOARD: 'dashboard';
  }
}

/** The name under which an agent finds its dashboard. */
export const DASHBOARD_SERVICE = 'dashboard';

const HOUR_MS = 3_600_000;

/** Who may see the dashboard, and what it shows. */
export class DashboardService extends Service {
  static override readonly serviceType = DASHBOARD_SERVICE;
  override readonly capabilityDescription = 'Shows the company on one page, live.';

  readonly hub: PanelHub;
  readonly sessions: Sessions;
  // ElizaOS hands a request to any agent that has the route.
  readonly codes = processWide(
    'dashboard-codes',
    () => new SignInCodes({ random: secureRandom, clock: systemClock }),
  );

  #files: ReadonlyMap<string, PageFile> | undefined;
  #settings: DashboardSettings | undefined;

  constructor(runtime: IAgentRuntime) {
    super(runtime);
    const store = new SessionStore(runtime.db as SqlExecutor);
    this.sessions = new Sessions({ store, clock: systemClock, random: secureRandom });
    this.hub = new PanelHub({
      sources: [...companyPanels(runtime), sessionsPanel(this.sessions)],
      onError: (panel, error) => {
        runtime.logger.warn({ src: 'dashboard', panel, error }, 'a panel could not be read');
      },
    });
  }

  // Nothing is read before somebody watches.
  static override start(runtime: IAgentRuntime): Promise<DashboardService> {
    return Promise.resolve(new DashboardService(runtime));
  }

  override stop(): Promise<void> {
    this.sessions.closeAll();
    return Promise.resolve();
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get settings(): DashboardSettings {
    return (this.#settings ??= agentSettings(dashboardSettings, this.runtime));
  }

  /** A file of the page. @throws UnknownPageFileError */
  pageFile(name: string): PageFile {
    const file = (this.#files ??= readPageFiles()).get(name);
    if (!file) throw new UnknownPageFileError();
    return file;
  }

  /** Begins a session. @throws InvalidSettingError, SessionStoreError */
  beginSession(
    ownerToken: string,
    from: { readonly way: SignedIn['way']; readonly userAgent: string | undefined },
  ): Promise<Session> {
    return this.sessions.begin(this.#tokens(ownerToken), from);
  }

  /** The session of a token. @throws SessionRefusedError, SessionStoreError */
  sessionOf(token: string, ownerToken: string): Promise<Session> {
    return this.sessions.of(token, this.#tokens(ownerToken));
  }

  #tokens(ownerToken: string): SessionTokens {
    const lastsMs = this.settings.DASHBOARD_SESSION_HOURS * HOUR_MS;
    return new SessionTokens({ ownerToken, lastsMs, clock: systemClock });
  }
}

/** The dashboard of an agent, once it has started. @throws DashboardMissingError */
export async function dashboardOf(runtime: IAgentRuntime): Promise<DashboardService> {
  return serviceOf<DashboardService>(runtime, {
    type: DASHBOARD_SERVICE,
    plugin: '371os',
    missing: () => new DashboardMissingError({ agent: runtime.character.name }),
  });
}
