import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ownCode } from '../../local/own-code.ts';

test('the code that runs here is named by its commit, and marked when it differs from it', async () => {
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });

  const [commit = '', mark = ''] = (await ownCode()).split('-');

  expect(head).toMatch(new RegExp(`^${commit}`));
  expect(commit).toHaveLength(12);
  expect(['', 'dirty']).toContain(mark);
});
