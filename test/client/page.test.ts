import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { browserScripts } from '../../infra/write-browser.ts';

const ROOT = join(import.meta.dirname, '../..');

test('console/log-viewer.json is made of client/page', async () => {
  const written = await readFile(join(ROOT, 'console/log-viewer.json'), 'utf8');

  expect(written, 'run: node infra/write-browser.ts').toBe(await browserScripts());
});

test('what runs in browsers is right by the types of browsers', () => {
  const { stdout, status } = spawnSync('tsc', ['--noEmit', '-p', 'client/page'], {
    cwd: ROOT,
    encoding: 'utf8',
  });

  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});
