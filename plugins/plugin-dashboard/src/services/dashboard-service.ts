import { Service, type IAgentRuntime } from '@elizaos/core';
import { agentSettings, processWide, secureRandom, serviceOf, systemClock } from '@371os/kernel';
import { readPageFiles, type PageFile } from '../adapters/page-files.ts';
import { companyPanels } from '../adapters/panels.ts';
import { SessionTokens, type Session } from '../adapters/session-tokens.ts';
import { DashboardMissingError, UnknownPageFileError } from '../errors.ts';
import { dashboardSettings, type DashboardSettings } from '../settings.ts';
import { PanelHub } from './panel-hub.ts';
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
  // ElizaOS hands a request to any agent that has the route.
  readonly codes = processWide(
    'dashboard-codes',
    () => new SignInCodes({ random: secureRandom, clock: systemClock }),
  );

  #files: ReadonlyMap<string, PageFile> | undefined;
  #settings: DashboardSettings | undefined;
  readonly #streams = new Set<() => void>();

  constructor(runtime: IAgentRuntime) {
    super(runtime);
    this.hub = new PanelHub({
      sources: companyPanels(runtime),
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
    for (const end of this.#streams) end();
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

  /** Begins a session. @throws InvalidSettingError */
  beginSession(ownerToken: string): Promise<Session> {
    return this.#tokens(ownerToken).issue();
  }

  /** When the session of a token ends, in milliseconds since 1970. @throws SessionRefusedError */
  sessionEnd(token: string, ownerToken: string): Promise<number> {
    return this.#tokens(ownerToken).verify(token);
  }

  /** Has a stream ended when the agent stops. Returns what forgets it. */
  untilStop(end: () => void): () => void {
    this.#streams.add(end);
    return () => this.#streams.delete(end);
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
