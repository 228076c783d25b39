import { Service, type IAgentRuntime } from '@elizaos/core';
import {
  agentSettings,
  isReplica,
  messageSettings,
  readSettings,
  RoomSpeaker,
  runtimeSettings,
  serviceOf,
  systemClock,
  uuidSource,
} from '@371os/kernel';
import { routerOf, type RoomBriefing } from '@371os/plugin-router';
import { tasksOf } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { configuredTracker } from '../adapters/configured-trackers.ts';
import { readFrontMatter } from '../adapters/front-matter.ts';
import { markdownReader } from '../adapters/markdown-reader.ts';
import { OutputFiles } from '../adapters/output-files.ts';
import { shippedFolder, SkillFolders } from '../adapters/skill-folders.ts';
import { CometMissingError, NoFrontDeskError } from '../errors/shortcuts.ts';
import { catalogueSettings } from '../settings/catalogue.ts';
import { outputSettings } from '../settings/output.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { IssueStore } from '../store/issue-store.ts';
import { RoomStore } from '../store/room-store.ts';
import { RunStore } from '../store/run-store.ts';
import { Catalogue } from './catalogue.ts';
import { Deliveries } from './deliveries.ts';
import { IssueDesk } from './issue-desk.ts';
import { Offers } from './offers.ts';
import { ShortcutDesk } from './shortcut-desk.ts';
import { ShortcutRuns } from './shortcut-runs.ts';
import { Workspaces } from './workspaces.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    COMET: 'comet';
  }
}

/** The name under which an agent finds its shortcuts. */
export const COMET_SERVICE = 'comet';

/** What shortcuts consist of where requests come in. */
export interface OpenComet {
  readonly desk: ShortcutDesk;
  readonly runs: ShortcutRuns;
  readonly workspaces: Workspaces;
  readonly offers: Offers;
  close(): Promise<void>;
}

/** The shortcuts of an agent that requests come in at. */
export class CometService extends Service {
  static override readonly serviceType = COMET_SERVICE;
  override readonly capabilityDescription = 'Shortcuts and workspaces that are kept in files.';

  #catalogue: Catalogue | undefined;
  #composition: Promise<OpenComet> | undefined;

  static override start(runtime: IAgentRuntime): Promise<CometService> {
    const service = new CometService(runtime);
    // Router and tasks may start after us, and the start must not wait for them.
    service.#begin().catch((error: unknown) => {
      runtime.logger.error({ src: 'comet', error }, 'shortcuts cannot be run here');
    });
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    const composition = await this.#composition?.catch(() => undefined);
    await composition?.close();
  }

  /** What there is in files. @throws InvalidSettingError when a setting is wrong */
  get catalogue(): Catalogue {
    return (this.#catalogue ??= this.#openCatalogue());
  }

  /** Runs shortcuts. @throws NoFrontDeskError, InvalidSettingError, and why the router is not there */
  async open(): Promise<OpenComet> {
    this.#composition ??= this.#compose().catch((error: unknown) => {
      this.#composition = undefined;
      throw error;
    });
    return this.#composition;
  }

  #openCatalogue(): Catalogue {
    const { COMET_FOLDERS: folders } = agentSettings(catalogueSettings, this.runtime);
    return new Catalogue(new SkillFolders([shippedFolder(), ...folders]), readFrontMatter);
  }

  async #begin(): Promise<void> {
    const { problems } = await this.catalogue.refresh();
    for (const problem of problems) this.runtime.logger.warn({ src: 'comet' }, problem);
    if (isReplica() || !(await routerOf(this.runtime)).isOpen) return;
    await this.open();
  }

  async #compose(): Promise<OpenComet> {
    const { runtime } = this;
    const router = await routerOf(runtime);
    if (!router.isOpen) throw new NoFrontDeskError({ agent: runtime.character.name });
    const settings = agentSettings(outputSettings, runtime);
    const reader = markdownReader();
    const database = new Database(runtime.db as SqlExecutor);
    const speaker = new RoomSpeaker(runtime);
    const log = (problem: string, error: unknown): void => {
      runtime.logger.error({ src: 'comet', error }, problem);
    };
    const issues = new IssueDesk({
      approvals: (await treasuryOf(runtime)).approvals,
      store: new IssueStore(database),
      trackerOf: (tracker) => configuredTracker(tracker, settings),
      log,
    });
    await issues.open();
    const folder = new OutputFiles(settings.COMET_OUTPUT_FOLDER);
    const deliveries = new Deliveries({ folder, issues });
    const runs = new ShortcutRuns({
      ...{ store: new RunStore(database), router, tasks: await tasksOf(runtime), reader },
      deliver: (run) => deliveries.deliver(run),
      say: (roomId, text, sinceMs) => speaker.sayOnce(roomId, text, sinceMs),
      now: systemClock,
      newId: uuidSource,
      log,
    });
    runs.open();
    const { MESSAGE_MAX_BYTES: limitBytes } = readSettings(
      messageSettings,
      runtimeSettings(runtime),
    );
    const desk = new ShortcutDesk({ runs, deliveries, limitBytes });
    const { catalogue } = this;
    const rooms = new RoomStore(database);
    const workspaces = new Workspaces({ catalogue, rooms, directory: router.directory });
    const stopBriefing = router.brief((roomId) => this.#brief(workspaces, roomId));
    const close = async (): Promise<void> => {
      stopBriefing();
      issues.close();
      runs.close();
      await reader.close();
    };
    return { desk, runs, workspaces, offers: new Offers({ catalogue, router }), close };
  }

  // A request goes on without what its room works on rather than not at all.
  async #brief(workspaces: Workspaces, roomId: string): Promise<RoomBriefing | undefined> {
    try {
      return await workspaces.briefing(roomId);
    } catch (error) {
      this.runtime.logger.warn({ src: 'comet', error }, 'what a room works on is not known');
      return undefined;
    }
  }
}

/** The shortcuts of an agent. @throws CometMissingError */
export async function cometOf(runtime: IAgentRuntime): Promise<CometService> {
  return serviceOf<CometService>(runtime, {
    type: COMET_SERVICE,
    plugin: 'comet',
    missing: () => new CometMissingError({ agent: runtime.character.name }),
  });
}
