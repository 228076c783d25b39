import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import {
  checkSettingFiles,
  declareKernelSettings,
  declareSettings,
  integerSetting,
  placeSettings,
  processSettings,
  SettingFileError,
} from '@371os/kernel';
import { z } from 'zod';

declareKernelSettings();
declareSettings(
  'files',
  z.object({ FILED_WORKERS: integerSetting(1, 9).default(2), FILED_TOKEN: z.string().optional() }),
);
declareSettings('files', z.object({ FILED_PORT: integerSetting(1, 9).default(1) }), 'process');

const folder = mkdtempSync(join(tmpdir(), '371os-files-'));
let files = 0;

afterEach(() => {
  delete process.env['CONFIG_FILES'];
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(text: string): string {
  const path = join(folder, `${String((files += 1))}.json`);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function problemWith(paths: string): string {
  process.env['CONFIG_FILES'] = paths;
  try {
    checkSettingFiles();
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(SettingFileError);
    return String(error);
  }
}

describe('a setting file', () => {
  test.each([
    ['an unknown name', '{"FILED_WORKER": 3}', /FILED_WORKER: .*Did you mean FILED_WORKERS\?/],
    ['one that is ElizaOS’s', '{"LOG_LEVEL": "info"}', /LOG_LEVEL: .*belong into the environment/],
    ['a value out of range', '{"FILED_WORKERS": 12}', /FILED_WORKERS: 12 is not valid: .*9/],
    ['a value that is none', '{"FILED_WORKERS": "few"}', /FILED_WORKERS: "few".*from 1 to 9/],
    ['an object', '{"FILED_WORKERS": {}}', /FILED_WORKERS: a text, a number, or true or false/],
    ['null', '{"FILED_WORKERS": null}', /FILED_WORKERS: a text, a number, or true or false/],
    ['a list', '[]', /an object of settings/],
    ['agents that are none', '{"agents": ["CFO Maya"]}', /agents: an object of agents/],
    ['an agent that is none', '{"agents": {"Lea": 3}}', /agents > Lea: an object of settings/],
    [
      'a bad value of an agent',
      '{"agents": {"Lea": {"FILED_WORKERS": 0}}}',
      /agents > Lea > FILED_WORKERS: 0 is not valid/,
    ],
    ['the port of an agent', '{"agents": {"Lea": {"FILED_PORT": 3}}}', /no setting of one agent/],
    ['other files', '{"CONFIG_FILES": "other.json"}', /in the environment alone/],
    ['a name twice', '{"FILED_WORKERS": 3,\n"FILED_WORKERS": 4}', /twice, in line 2/],
    ['an agent twice', '{"agents": {"Lea": {}, "Lea": {}}}', /Lea is there twice/],
    ['half a file', '{"FILED_WORKERS": 3,\n', /is not JSON: look at line 2/],
    ['a comment', '{"FILED_WORKERS": 3} // three', /is not JSON: look at line 1/],
    ['nothing', '', /is not JSON/],
  ])('with %s stops the start, by file and key', (_what, text, problem) => {
    const path = write(text);
    const said = problemWith(path);
    expect(said).toMatch(problem);
    expect(said).toContain(path);
  });

  test('that is not there, or named twice, stops the start', () => {
    expect(problemWith(join(folder, 'none.json'))).toContain('there is no such file');
    const path = write('{}');
    expect(problemWith(`${path},${path}`)).toContain('names it twice');
  });

  test('with a secret is for its owner alone, and what is wrong with it is told without it', () => {
    const path = write('{"agents": {"Lea": {"FILED_TOKEN": "hunter2"}}}');
    chmodSync(path, 0o644);
    const said = problemWith(path);
    expect(said).toMatch(/holds FILED_TOKEN, and others .*chmod 600/);
    expect(said).not.toContain('hunter2');
    chmodSync(path, 0o600);
    expect(problemWith(path)).toBe('');
    expect(problemWith(write('{"FILED_TOKEN": hunter2}'))).not.toContain('hunter2');
    expect(problemWith(write('{"FILED_TOKEN": ["hunter2"]}'))).not.toContain('hunter2');
  });

  test('without a secret may be read by all', () => {
    const path = write('{"FILED_WORKERS": 5}');
    chmodSync(path, 0o644);
    expect(problemWith(path)).toBe('');
    expect(processSettings('FILED_WORKERS')).toBe(5);
  });

  test('does not override what a program has settled itself', () => {
    process.env['CONFIG_FILES'] = write('{"FILED_PORT": 5}');
    placeSettings({ FILED_PORT: '7' }, 'the test');
    expect(processSettings('FILED_PORT')).toBe('7');
  });

  test('is not needed', () => {
    expect(problemWith('')).toBe('');
    expect(processSettings('FILED_WORKERS')).toBeUndefined();
  });
});
