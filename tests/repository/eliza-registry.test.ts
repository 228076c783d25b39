import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packageOf, PLUGINS, readJson, readText, ROOT, type PackageJson } from './workspaces.ts';

// What ElizaOS's registry of plugins asks for before it lists one.
describe.each(PLUGINS)('%s for the registry of ElizaOS', (plugin) => {
  const stated = packageOf(plugin);

  it.each([
    ['logo', { width: 400, height: 400 }, 100_000],
    ['banner', { width: 1280, height: 640 }, 200_000],
  ])('has a %s of the right size', (name, size, mostBytes) => {
    const picture = readFileSync(join(ROOT, `plugins/${plugin}/images/${name}.jpg`));
    expect(sizeOfJpeg(picture)).toEqual(size);
    expect(picture.length).toBeLessThan(mostBytes);
  });

  it('says what it is, in words of its own', () => {
    expect(stated).toMatchObject({
      packageType: 'plugin',
      platform: 'node',
      agentConfig: { pluginType: 'elizaos:plugin:1.0.0' },
    });
    const [elizaos, kind, ...others] = stated.keywords ?? [];
    expect([elizaos, kind]).toEqual(['elizaos', 'elizaos-plugin']);
    expect(others.length).toBeGreaterThanOrEqual(3);
    const sentences = PLUGINS.map((name) => packageOf(name).description ?? '');
    expect(stated.description?.length).toBeGreaterThan(40);
    expect(sentences.filter((sentence) => sentence === stated.description)).toHaveLength(1);
  });

  it('says where its sources are', () => {
    const { repository } = readJson('package.json') as PackageJson;
    expect(stated.repository).toEqual({ ...repository, directory: `plugins/${plugin}` });
  });

  it('has a README with its settings', () => {
    expect(readText(`plugins/${plugin}/README.md`)).toMatch(/^\| setting \|/m);
  });

  it('packs no pictures, which the registry reads from the repository', () => {
    expect(stated.files?.filter((file) => file.startsWith('images'))).toEqual([]);
  });
});

// A JPEG is a row of segments: 0xFF, a marker, a length of two bytes. A frame's header (SOF0 to SOF15 but
// for three markers of something else) has precision, height and width next.
function sizeOfJpeg(file: Buffer): { width: number; height: number } {
  expect(file.readUInt16BE(0)).toBe(0xffd8);
  for (let at = 2; ; at += 2 + file.readUInt16BE(at + 2)) {
    expect(file[at]).toBe(0xff);
    const marker = file[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: file.readUInt16BE(at + 5), width: file.readUInt16BE(at + 7) };
  }
}
