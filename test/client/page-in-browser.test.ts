/** What the page of a log does in a real browser; there where Debian's Chromium is. */
import { existsSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { beginRun, write } from '../lib/tail/open-streams.ts';
import { test as base } from './log-doors.ts';

const CHROMIUM = '/usr/bin/chromium';
const MINUTE = 60_000;
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];

/** A page in a browser of the test's own, and what went wrong in it. */
const test = base.extend('browsing', async ({ open: _ }, { onCleanup }) => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  onCleanup(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(MINUTE);
  page.setDefaultNavigationTimeout(MINUTE);
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  return { page, faults };
});

const many = (count: number, word: string) => Array.from({ length: count }, (_, i) => `${word} ${i + 1}`);
const rows = (page: Page) => page.locator('.log li').count();
const part = (page: Page, name: string) => page.locator(`[data-part=${name}]`);

test.skipIf(!existsSync(CHROMIUM))(
  'a log comes live, holds still, is sifted in place, lets old rows go and knows its end',
  { timeout: 3 * MINUTE },
  async ({ open, browsing: { page, faults }, runlog, connect }) => {
    const client = await connect(runlog);
    const run = await beginRun(client);
    await page.goto(`${await open.doors()}/console/runs/${run}`);
    await expect.poll(() => part(page, 'state').textContent()).toBe('Live');
    const [first = 0] = await write(client, many(300, 'early'), { run });
    await expect.poll(() => rows(page)).toBe(300);

    await part(page, 'pause').click();
    await write(client, ['<b>hostile</b> \u202e'], { run, level: 'error' });
    await expect.poll(() => part(page, 'pause').textContent()).toBe('Go on (1 new line)');
    expect(await rows(page)).toBe(300);
    await part(page, 'pause').click();
    expect(await page.locator('.log li').last().locator('span').textContent()).toBe('<b>hostile</b> \\u202e');

    await page.locator('select[name=min_level]').selectOption('error');
    await expect.poll(() => rows(page)).toBe(1);
    expect(new URL(page.url()).searchParams.get('min_level')).toBe('error');
    await page.locator('select[name=min_level]').selectOption('');
    await expect.poll(() => rows(page)).toBeGreaterThan(100);

    await write(client, many(2500, 'late'), { run });
    await page.getByText('late 2500', { exact: true }).waitFor();
    await expect.poll(() => rows(page)).toBe(2000);
    expect(await part(page, 'left').textContent()).toMatch(/^\d+ older lines left this page/);
    await client.query(`update run_log set status = 'SUCCESS', finished_at = clock() where run_id = $1`, [
      run,
    ]);
    await expect.poll(() => part(page, 'state').textContent()).toBe('The run has ended: SUCCESS');

    await page.goto(`${page.url().split('?')[0]}?around=${first}#L${first}`);
    expect(await page.locator('.marked span').textContent()).toBe('early 1');
    expect(faults).toEqual([]);
  },
);
