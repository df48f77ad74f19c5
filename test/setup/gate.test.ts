import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const GREEN = {
  numPassedTests: 3,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] }],
};
const RED = {
  numPassedTests: 3,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [
    { name: 'a.test.ts', status: 'failed', assertionResults: [] },
    { name: 'b.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
  ],
};

type Outcome = { checks?: number; tests?: number; report?: object };

const test = base.extend('gate', ({ task: _ }, { onCleanup }) => {
  const folder = mkdtempSync(join(tmpdir(), 'kubescribe-gate-'));
  onCleanup(() => rmSync(folder, { recursive: true }));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = (name: string, lines: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  return ({ checks = 0, tests = 0, report }: Outcome) => {
    for (const name of ['tsc', 'biome', 'knip']) program(name, `exit ${checks}`);
    const write = report ? `echo '${JSON.stringify(report)}' > test-report.json` : ':';
    program('vitest', `${write}; exit ${tests}`);
    const env = { PATH: `${bin}:/usr/bin:/bin` };
    const gate = join(ROOT, 'test/setup/gate.ts');
    const { status, stdout } = spawnSync(process.execPath, [gate], { cwd: folder, env, encoding: 'utf8' });
    return { status, last: stdout.trim().split('\n').at(-1), said: stdout };
  };
});

test('the last line counts the tests', ({ gate }) => {
  expect(gate({ report: GREEN })).toMatchObject({ status: 0, last: '3 passed, 0 failed, 1 skipped' });
});

test('each failed check counts as one failure', ({ gate }) => {
  expect(gate({ report: GREEN, checks: 1 })).toMatchObject({
    status: 1,
    last: '3 passed, 3 failed, 1 skipped',
  });
});

test('a file that cannot be loaded counts as one failure', ({ gate }) => {
  expect(gate({ report: RED, tests: 1 })).toMatchObject({ status: 1, last: '3 passed, 2 failed' });
});

test('a failure that the report does not know is a failure', ({ gate }) => {
  expect(gate({ report: GREEN, tests: 1 })).toMatchObject({
    status: 1,
    last: '3 passed, 1 failed, 1 skipped',
  });
  expect(gate({ tests: 1 })).toMatchObject({ status: 1, last: '0 passed, 1 failed' });
  expect(gate({ tests: 0 })).toMatchObject({ status: 1, last: '0 passed, 1 failed' });
});

test('a test that passed only at its second try is named with what it failed of', ({ gate }) => {
  const wavering = { status: 'passed', fullName: 'it moves', failureMessages: ['Error: it stood still'] };
  const testResults = [{ name: 'a.test.ts', status: 'passed', assertionResults: [wavering] }];

  const { said, ...outcome } = gate({ report: { ...GREEN, testResults } });

  expect(outcome).toEqual({ status: 0, last: '3 passed, 0 failed, 1 skipped' });
  expect(said).toContain('passed only at its second try: a.test.ts > it moves\nError: it stood still\n');
});

test('make help says a sentence about every target', () => {
  const targets =
    /^\.PHONY: (.*)$/m.exec(readFileSync(join(ROOT, 'Makefile'), 'utf8'))?.[1]?.split(' ') ?? [];

  // Below another make it would tell which folder it enters.
  const { stdout } = spawnSync('make', ['--no-print-directory', 'help'], { cwd: ROOT, encoding: 'utf8' });

  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(' ')[1]),
  ).toEqual(targets);
});
