import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import cometPlugin from '@371os/plugin-comet';
import { eventually } from '../support/eventually.ts';
import { McpHost } from './mcp-fixture.ts';

const START_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), '371os-skills-'));
let host: McpHost;

function write(name: string, prompt: string): void {
  mkdirSync(join(folder, 'shortcuts', name), { recursive: true });
  const front = `---\nname: ${name}\ndescription: Says something. Use when it is to be said.\n---\n`;
  writeFileSync(join(folder, 'shortcuts', name, 'SKILL.md'), `${front}\n${prompt}\n`);
}

beforeAll(async () => {
  mkdirSync(join(folder, 'shortcuts'));
  host = await McpHost.start({ COMET_FOLDERS: folder }, [cometPlugin]);
}, START_MS);
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true });
});

describe.each(['modern', 'legacy'] as const)('to a client that is %s, shortcuts are', (era) => {
  it('prompts, with their arguments', async () => {
    const client = await host.connect({ era });
    const { prompts } = await client.listPrompts();
    const docs = prompts.find(({ name }) => name === 'generate-dev-docs');
    expect(docs?.description).toContain('developer specification');
    expect(docs?.arguments).toEqual([
      expect.objectContaining({ name: 'subject', required: true }),
      expect.objectContaining({ name: 'depth', required: false }),
      expect.objectContaining({ name: 'stack', required: false }),
    ]);
    const values = { name: 'generate-dev-docs', arguments: { subject: 'A shop for pumps' } };
    const { messages } = await client.getPrompt(values);
    expect(JSON.stringify(messages)).toMatch(/A shop for pumps.*Detail: full/);
    const missing = { name: 'generate-dev-docs', arguments: {} };
    await expect(client.getPrompt(missing)).rejects.toThrow(/subject/);
  });

  it('skills, whose files are read as they are', async () => {
    const client = await host.connect({ era });
    const uri = 'skill://research-niche/SKILL.md';
    const { contents } = await client.readResource({ uri });
    expect(JSON.stringify(contents)).toContain('name: research-niche');
    await expect(client.readResource({ uri: 'skill://gone/SKILL.md' })).rejects.toThrow();
  });
});

it('are those of the folders as they are now', async () => {
  write('say-hello', 'Say hello to {{subject}}.');
  const client = await host.connect();
  const said = async (): Promise<string> => {
    const values = { name: 'say-hello', arguments: { subject: 'Ann' } };
    return JSON.stringify((await client.getPrompt(values)).messages);
  };
  await eventually(async () => expect(await said()).toContain('Say hello to Ann.'));
  write('say-hello', 'Say good bye to {{subject}}.');
  await eventually(async () => expect(await said()).toContain('Say good bye to Ann.'));
});
