import type { Plugin } from '@elizaos/core';
import {
  declareSettings,
  offerSkills,
  prepareAgent,
  registerCommands,
  registerCommandSource,
} from '@371os/kernel';
import { offerShortcut } from './actions/offer-shortcut.ts';
import { shortcutsCommand, shortcutSource } from './commands/shortcuts.ts';
import { workspaceCommand } from './commands/workspace.ts';
import { offeredSkillsOf } from './domain/offered-skills.ts';
import * as schema from './schema/index.ts';
import { cometOf, CometService } from './services/comet-service.ts';
import { catalogueSettings } from './settings/catalogue.ts';
import { outputSettings } from './settings/output.ts';

export { readFrontMatter } from './adapters/front-matter.ts';
export { GithubIssues } from './adapters/github-issues.ts';
export { outlineOf } from './adapters/markdown-outline.ts';
export { MermaidParser } from './adapters/mermaid-parser.ts';
export { OutputFiles } from './adapters/output-files.ts';
export { shippedFolder, SkillFolders } from './adapters/skill-folders.ts';
export { YoutrackIssues } from './adapters/youtrack-issues.ts';
export { readArguments, type Argument } from './domain/argument.ts';
export { readDestination, type Destination } from './domain/destination.ts';
export { defaultFileName, readFileName } from './domain/file-name.ts';
export type { IssueTracker } from './ports/issue-tracker.ts';
export { matchRequest } from './domain/match-request.ts';
export { outlineProblems, type Outline } from './domain/output-problems.ts';
export type { Run } from './domain/run.ts';
export { fillPrompt, readShortcut, type Shortcut } from './domain/shortcut.ts';
export { readWorkspace, type Workspace } from './domain/workspace.ts';
export { IssueTrackerError, NoTrackerError } from './errors/issues.ts';
export { BrokenShortcutError, CometMissingError, NoFrontDeskError } from './errors/shortcuts.ts';
export { OutputFolderError, UnusableOutputError } from './errors/output.ts';
export { Catalogue, type Contents } from './services/catalogue.ts';
export { COMET_SERVICE, cometOf, CometService } from './services/comet-service.ts';
export { Database, type SqlExecutor } from './store/database.ts';
export { IssueStore } from './store/issue-store.ts';
export { RoomStore } from './store/room-store.ts';
export { RunStore } from './store/run-store.ts';
export { catalogueSettings, type CatalogueSettings } from './settings/catalogue.ts';
export { outputSettings, type OutputSettings } from './settings/output.ts';

/** Shortcuts as files: prompts with typed arguments that become tasks. */
const cometPlugin: Plugin = {
  name: 'comet',
  description:
    'Shortcuts and workspaces as files; their output is checked and brought where it belongs.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks', '@371os/plugin-router'],
  schema,
  services: [CometService],
  actions: [offerShortcut],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('comet', catalogueSettings);
    declareSettings('comet', outputSettings);
    registerCommands(runtime, [shortcutsCommand, workspaceCommand]);
    registerCommandSource(runtime, shortcutSource(runtime));
    offerSkills(runtime, async () => {
      const { shortcuts, texts } = await (await cometOf(runtime)).catalogue.refresh();
      return offeredSkillsOf(shortcuts.values(), texts);
    });
    return Promise.resolve();
  },
};

export default cometPlugin;
