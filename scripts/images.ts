// npm run images [-- PLUGIN ...]: draws the pictures by which ElizaOS's registry shows a plugin,
// images/logo.jpg and images/banner.jpg, from its images/glyph.svg and its package.json. Without
// names it draws those of all plugins. It wants Chromium (CHROMIUM, or Debian's).
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { z } from 'zod';
import { bannerOf, logoOf, type Portrait } from './images/drawings.ts';

const FOLDER = fileURLToPath(new URL('../plugins/', import.meta.url));
const LOGO = { width: 400, height: 400 };
const BANNER = { width: 1280, height: 640 };
const QUALITY = 88;

const described = z.object({ name: z.string(), description: z.string() });

function portraitOf(plugin: string): Portrait {
  const { name, description } = described.parse(JSON.parse(readText(`${plugin}/package.json`)));
  const title = plugin.replace('plugin-', '');
  return { title, name, sentence: description, glyph: readText(`${plugin}/images/glyph.svg`) };
}

function readText(path: string): string {
  return readFileSync(FOLDER + path, 'utf8');
}

async function draw(
  browser: Browser,
  size: { readonly width: number; readonly height: number },
  html: string,
  path: string,
): Promise<void> {
  const page = await browser.newPage({ viewport: size });
  await page.setContent(html);
  await page.screenshot({ path: FOLDER + path, type: 'jpeg', quality: QUALITY });
  await page.close();
}

const named = process.argv.slice(2);
const all = readdirSync(FOLDER).filter((name) => name.startsWith('plugin-'));
// Chromium has no sandbox for root.
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args });
try {
  for (const plugin of named.length > 0 ? named : all) {
    const portrait = portraitOf(plugin);
    await draw(browser, LOGO, logoOf(portrait), `${plugin}/images/logo.jpg`);
    await draw(browser, BANNER, bannerOf(portrait), `${plugin}/images/banner.jpg`);
  }
} finally {
  await browser.close();
}
