import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  Catalogue,
  fillPrompt,
  readArguments,
  readFrontMatter,
  readShortcut,
  shippedFolder,
  SkillFolders,
  type Contents,
} from '@371os/plugin-comet';
import fc from 'fast-check';

const root = mkdtempSync(join(tmpdir(), '371os-comet-'));
const own = join(root, 'own');
const GOOD = `---
name: greet
description: Greets somebody.
metadata:
  trigger: greet somebody; say hello to
  args: |
    subject: text - who
    tone: warm|cool = warm
  integration: room
---
Greet {{subject}} in a {{tone}} tone.
`;

afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(own, { recursive: true, force: true });
  mkdirSync(join(own, 'shortcuts'), { recursive: true });
});

function put(name: string, text: string, kind = 'shortcuts'): string {
  const folder = join(own, kind, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'SKILL.md'), text);
  return join(folder, 'SKILL.md');
}

function look(...roots: string[]): Promise<Contents> {
  return new Catalogue(new SkillFolders(roots), readFrontMatter).refresh();
}

describe('what this package brings along', () => {
  test('resolves, every name of the origin, and nothing is wrong with it', async () => {
    const { shortcuts, workspaces, problems } = await look(shippedFolder());
    expect(problems).toEqual([]);
    expect([...shortcuts.keys()].sort()).toEqual([
      ...['analyze-persona', 'create-agent-spec', 'design-funnel', 'generate-dev-docs'],
      ...['prototype-agent-workflow', 'prototype-workflow', 'research-niche'],
      ...['test-monetization', 'validate-business-logic'],
    ]);
    expect([...workspaces.keys()]).toEqual([
      'community_platform_research',
      'csuite_agent_development',
    ]);
    for (const { takes, triggers } of shortcuts.values()) {
      expect(takes[0]).toMatchObject({ name: 'subject', type: 'text' });
      expect(triggers.length).toBeGreaterThan(2);
    }
    expect(shortcuts.get('generate-dev-docs')?.sections).toEqual([
      ...['File locations', 'Dependencies and integrations'],
      ...['Core functions and data schemas', 'Roadmap'],
    ]);
  });
});

describe('a file of somebody', () => {
  test('is a shortcut, beside those that are shipped, and in place of one of its name', async () => {
    put('greet', GOOD);
    put('design-funnel', GOOD.replace('name: greet', 'name: design-funnel'));
    const { shortcuts, problems } = await look(shippedFolder(), own);
    expect(problems).toEqual([]);
    expect(shortcuts.size).toBe(10);
    expect(shortcuts.get('design-funnel')?.description).toBe('Greets somebody.');
    const greet = shortcuts.get('greet')!;
    expect(greet.triggers).toEqual(['greet somebody', 'say hello to']);
    expect(fillPrompt(greet, { subject: 'Ann', tone: 'cool' })).toBe('Greet Ann in a cool tone.');
  });

  test('of a plain skill, which says nothing of arguments, takes a subject', async () => {
    put('plain', '---\nname: plain\ndescription: Does it.\nversion: 3\n---\nDo it.');
    const { shortcuts, problems } = await look(own);
    expect(problems).toEqual([]);
    const plain = shortcuts.get('plain')!;
    expect(plain).toMatchObject({ destination: 'room', format: 'markdown' });
    expect(fillPrompt(plain, { subject: 'this' })).toBe('Do it.\n\nsubject: this');
  });

  test.each([
    ['no front matter', 'Greet.', 1, /begin with a line ---/],
    ['YAML that is none', GOOD.replace('Greets somebody.', 'a: b: c'), 3, /no YAML.*quotes/],
    ['an alias', GOOD.replace('name: greet', 'name: &a greet\nlicense: *a'), 2, /no YAML|aliases/],
    ['another name', GOOD.replace('name: greet', 'name: meet'), 2, /give both the same name/],
    ['a name that cannot be typed', GOOD.replace('name: greet', 'name: Greet Me'), 2, /lower case/],
    ['no description', GOOD.replace(/description.*\n/, ''), 2, /description: a sentence/],
    ['a type that there is not', GOOD.replace('text - who', 'date - who'), 7, /type "date"/],
    ['a default that does not fit', GOOD.replace('= warm', '= hot'), 8, /one of warm, cool/],
    ['an argument of ours', GOOD.replace('tone:', 'to:'), 8, /choose another name/],
    ['an integer of YAML', GOOD.replace('integration: room', 'version: 3'), 9, /put it in quotes/],
    ['Space', GOOD.replace('integration: room', 'integration: jetbrains_space'), 9, /discontinued/],
    ['a place nobody knows', GOOD.replace('integration: room', 'integration: fax'), 9, /file, git/],
    ['a placeholder of nothing', GOOD.replace('{{tone}}', '{{mood}}'), 11, /declare it/],
    ['no prompt', GOOD.replace(/Greet \{.*\n/, ''), 11, /write it below/],
    ['a command as prompt', GOOD.replace('Greet {', '/greet {'), 11, /begin with a word/],
  ])('with %s is named by file, line and what to do', async (_what, text, line, hint) => {
    const path = put('greet', text);
    put('other', GOOD.replace('name: greet', 'name: other'));
    const { shortcuts, broken, problems } = await look(own);
    expect([...shortcuts.keys()]).toEqual(['other']);
    expect(broken.get('greet')).toBe(problems[0]);
    expect(problems[0]).toContain(`${path}, line ${line}: `);
    expect(problems[0]).toMatch(hint);
  });

  test('is not read through a symbolic link, nor when it is too large, nor out of a folder above', async () => {
    const secret = join(root, 'secret.md');
    writeFileSync(secret, GOOD);
    mkdirSync(join(own, 'shortcuts', 'greet'));
    symlinkSync(secret, join(own, 'shortcuts', 'greet', 'SKILL.md'));
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere, { recursive: true });
    writeFileSync(join(elsewhere, 'SKILL.md'), GOOD.replace('name: greet', 'name: linked'));
    symlinkSync(elsewhere, join(own, 'shortcuts', 'linked'));
    put('large', GOOD + 'x'.repeat(64_000));
    mkdirSync(join(own, 'shortcuts', 'folder', 'SKILL.md'), { recursive: true });
    mkdirSync(join(own, 'shortcuts', 'empty'));
    put('Ünlisted', GOOD);
    const { shortcuts, problems } = await look(own, join(root, 'nowhere'));
    expect([...shortcuts.keys()]).toEqual([]);
    expect(problems).toEqual([
      expect.stringMatching(/empty.SKILL\.md cannot be read: there is no such file/),
      expect.stringMatching(/folder.SKILL\.md is no file/),
      expect.stringMatching(/greet.SKILL\.md cannot be read: it is a symbolic link/),
      expect.stringMatching(/large.SKILL\.md has more than 64000 bytes/),
      expect.stringMatching(/linked is a symbolic link/),
      expect.stringMatching(/Ünlisted has a name that cannot be typed/),
      expect.stringMatching(/no folder .*nowhere: make it, or take it out of COMET_FOLDERS/),
    ]);
  });

  test('is read anew when it has changed, and is gone when it is', async () => {
    const path = put('greet', GOOD);
    const catalogue = new Catalogue(new SkillFolders([own]), readFrontMatter);
    const first = (await catalogue.refresh()).shortcuts.get('greet');
    expect((await catalogue.refresh()).shortcuts.get('greet')).toBe(first);
    writeFileSync(path, GOOD.replace('somebody.', 'everybody.'));
    utimesSync(path, new Date(0), new Date(0));
    const { shortcuts } = await catalogue.refresh();
    expect(shortcuts.get('greet')?.description).toBe('Greets everybody.');
    rmSync(join(own, 'shortcuts', 'greet'), { recursive: true });
    expect((await catalogue.refresh()).shortcuts.size).toBe(0);
  });

  test('of a workspace names shortcuts that there are', async () => {
    const text =
      '---\nname: lab\ndescription: A lab.\nmetadata:\n  shortcuts: greet; meet\n---\nBe kind.';
    put('greet', GOOD);
    put('lab', text, 'workspaces');
    const { workspaces, problems } = await look(own);
    expect(workspaces.get('lab')).toMatchObject({
      shortcuts: ['greet', 'meet'],
      context: 'Be kind.',
    });
    expect(problems).toEqual(['The workspace lab names /meet, which there is not.']);
  });
});

describe('whatever stands in a file', () => {
  test('is a shortcut or problems, never an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (yaml, body) => {
        const front = readFrontMatter(`---\n${yaml}\n---\n${body}`);
        if ('problem' in front) expect(front.line).toBeGreaterThan(0);
        else expect(readShortcut(front.fields, front.body)).toBeDefined();
      }),
    );
  });

  test('arguments are declared or named', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        const { declared, problems } = readArguments(lines.join('\n'));
        const written = lines
          .join('\n')
          .split('\n')
          .filter((line) => line.trim() !== '');
        expect(declared.length + problems.length).toBe(written.length);
      }),
    );
  });
});
