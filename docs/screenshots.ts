/**
 * Takes pictures of the pages of a running KubeScribe: `node docs/screenshots.ts [URL]` those that README.md shows, with
 * `--to FOLDER` all of them.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import * as z from 'zod';

const SECOND = 1000;
const WIDTHS = [1280, 390];
const SCHEMES = ['light', 'dark'] as const;
/** A README shows the beginning of a page, not all of it. */
const TALLEST = { 1280: 1600, 390: 2200 } as Record<number, number>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: 'string' },
    browser: { type: 'string', default: '/usr/bin/chromium' },
  },
});
const base = positionals[0] ?? 'http://127.0.0.1:8080';
const folder = values.to ?? fileURLToPath(new URL('images', import.meta.url));
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const wanted = (name: string) => values.to !== undefined || readme.includes(`docs/images/${name}`);

/** The pages and the names of their pictures; those of a failed run and of a mail only when there is one. */
async function pages(): Promise<Record<string, string>> {
  const runs = z.array(z.object({ run_id: z.string() }));
  const mails = z.array(z.object({ id: z.string() }));
  const [failed] = await list('/runs?status=ERROR&limit=1', runs);
  const [mail] = await list('/mail', mails);
  return {
    overview: '/',
    ...(failed && { run: `/console/runs/${failed.run_id}` }),
    logs: '/console/logs',
    mailbox: '/mail',
    ...(mail && { mail: `/mail/${mail.id}` }),
  };
}

async function list<T>(path: string, shape: z.ZodType<T[]>): Promise<T[]> {
  const response = await fetch(new URL(path, base), { headers: { accept: 'application/json' } });
  return response.ok ? shape.parse(await response.json()) : [];
}

async function shoot(browser: Browser, name: string, path: string): Promise<void> {
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      const picture = `${name}-${width}-${colorScheme}.png`;
      if (!wanted(picture)) continue;
      // Without scripts nothing is replaced while the picture is taken.
      const page = await browser.newPage({
        viewport: { width, height: 900 },
        colorScheme,
        javaScriptEnabled: false,
      });
      await page.goto(new URL(path, base).href, { timeout: 15 * SECOND });
      const file = join(folder, picture);
      const { height } = (await page.locator('body').boundingBox()) ?? { height: 900 };
      const clip = { x: 0, y: 0, width, height: Math.min(Math.max(height, 500), TALLEST[width] ?? height) };
      await page.screenshot({ path: file, fullPage: true, clip });
      await page.close();
      console.log(file);
    }
  }
}

if (!existsSync(values.browser)) {
  console.error(`${values.browser} is missing: apt-get install chromium, or name another with --browser.`);
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: values.browser,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  for (const [name, path] of Object.entries(await pages())) await shoot(browser, name, path);
} finally {
  await browser.close();
}
