import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './workspaces.ts';

const IMPORTS = 'no-restricted-imports';
const ARROW = '@typescript-eslint/no-restricted-imports';
const PROPERTY = 'no-restricted-properties';
const SYNTAX = 'no-restricted-syntax';
const GLOBAL = 'no-restricted-globals';
const WATCHED = [IMPORTS, ARROW, PROPERTY, SYNTAX, GLOBAL, 'no-console'];

// A line of code in a file of a layer, and the rule that must speak up, if any.
const CASES: Record<string, [code: string, rule?: string][]> = {
  'plugins/plugin-treasury/src/domain/caps.ts': [
    ["import { formatUsd, BaseError } from '@371os/kernel';"],
    ["import type { Cap } from './fraction.ts';"],
    ["import { inConversation } from '@371os/kernel';", IMPORTS],
    ["import { Database } from '../store/database.ts';", IMPORTS],
    ["import { Books } from '../services/books.ts';", IMPORTS],
    ["import { readFileSync } from 'node:fs';", IMPORTS],
    ["import type { Memory } from '@elizaos/core';", IMPORTS],
    ['export const now = Date.now();', PROPERTY],
    ['export const chance = Math.random();', PROPERTY],
    ['export const date = new Date();', SYNTAX],
    ['export const page = fetch("http://127.0.0.1");', GLOBAL],
    ['export const later = setTimeout(() => undefined, 1);', GLOBAL],
  ],
  'plugins/plugin-treasury/src/store/rows.ts': [
    ["import type { Cap } from '../domain/caps.ts';"],
    ["import { Books } from '../services/books.ts';", IMPORTS],
    ["import treasury from '../index.ts';", IMPORTS],
  ],
  'plugins/plugin-gateway/src/services/model-desk.ts': [
    ["import type { ChatClient } from '../ports.ts';"],
    ["import { treasuryOf } from '@371os/plugin-treasury';"],
    ["import { OpenaiCompatibleClient } from '../adapters/openai-compatible-client.ts';", IMPORTS],
    ["import gateway from '../index.ts';", IMPORTS],
    ["import { routerOf } from '@371os/plugin-router';", ARROW],
    ["import { Books } from '@371os/plugin-treasury/src/services/books.ts';", ARROW],
    ["import { Books } from '../../../plugin-treasury/src/services/books.ts';", ARROW],
    ["export const home = process.env['HOME'];", PROPERTY],
    ["console.log('here');", 'no-console'],
    ["if (new Set().size) throw new Error('no');", SYNTAX],
    ["export * from './answerer';", SYNTAX],
    ["export const late = import('./answerer');", SYNTAX],
  ],
  'plugins/plugin-gateway/src/services/gateway-service.ts': [
    ["import { OpenaiCompatibleClient } from '../adapters/openai-compatible-client.ts';"],
    ["import gateway from '../index.ts';", IMPORTS],
  ],
  'plugins/plugin-gateway/src/adapters/catalogue-file.ts': [
    ["import type { ChatClient } from '../ports.ts';"],
    ["import { ModelDesk } from '../services/model-desk.ts';", IMPORTS],
  ],
  'plugins/plugin-router/src/actions/route-task.ts': [
    ["import { RouterService } from '../services/router-service.ts';"],
    ["import { SqlTaskStore } from '../adapters/sql-task-store.ts';", IMPORTS],
    ["import { tasks } from '../schema.ts';", IMPORTS],
  ],
  'plugins/kernel/src/clock.ts': [
    ["import { BaseError } from './errors.ts';"],
    ["import { BaseError } from './errors';", SYNTAX],
    ["import { treasuryOf } from '@371os/plugin-treasury';", ARROW],
    ["export const home = process.env['HOME'];", PROPERTY],
  ],
};

const messages = lint(
  Object.entries(CASES).map(([file, lines]) => ({
    file: `${ROOT}${file}`,
    text: lines.map(([code]) => code).join('\n'),
  })),
);

describe.each(Object.entries(CASES))('in %s', (file, lines) => {
  const found = messages[Object.keys(CASES).indexOf(file)] ?? [];

  it.each(lines.map(([code, rule = 'nothing'], index) => [code, rule, index] as const))(
    '%s is met by %s',
    (_code, rule, index) => {
      const rules = found
        .filter(({ line, ruleId }) => line === index + 1 && WATCHED.includes(ruleId))
        .map(({ ruleId }) => ruleId);
      expect(rules[0] ?? 'nothing').toBe(rule);
    },
  );
});

interface LintMessage {
  readonly line: number;
  readonly ruleId: string;
}

function lint(texts: { file: string; text: string }[]): LintMessage[][] {
  const script = fileURLToPath(new URL('./lint-texts.js', import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [script], {
    cwd: ROOT,
    input: JSON.stringify(texts),
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (stdout === '') throw new Error(`ESLint did not run: ${stderr}`);
  return JSON.parse(stdout) as LintMessage[][];
}
