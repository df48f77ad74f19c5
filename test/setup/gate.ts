import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import * as z from 'zod';

const REPORT = 'test-report.json';
const CHECKS = [
  ['tsc', '--noEmit'],
  ['biome', 'check', '--error-on-warnings', '.'],
  ['knip', '--no-progress'],
];
const TestReport = z.object({
  status: z.string(),
  fullName: z.string().default(''),
  failureMessages: z.array(z.string()).default([]),
});
const Report = z.object({
  numPassedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({ name: z.string(), status: z.string(), assertionResults: z.array(TestReport) }),
  ),
});

type Counts = { passed: number; failed: number; skipped: number; wavering: string[] };

function succeeds([program = '', ...args]: string[]): boolean {
  return spawnSync(program, args, { stdio: 'inherit' }).status === 0;
}

function failedChecks(): string[] {
  return CHECKS.filter((check) => !succeeds(check)).map((check) => check.join(' '));
}

function runTests(): Counts {
  rmSync(REPORT, { force: true });
  const ok = succeeds([
    'vitest',
    'run',
    '--retry=1',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${REPORT}`,
  ]);
  const counts = countReport();
  return { ...counts, failed: ok ? counts.failed : Math.max(counts.failed, 1) };
}

function countReport(): Counts {
  try {
    const report = Report.parse(JSON.parse(readFileSync(REPORT, 'utf8')));
    const failed = report.testResults.map((file) => {
      const tests = file.assertionResults.filter((test) => test.status === 'failed').length;
      // A file that could not even be loaded has no tests to count, and counts as one.
      return tests === 0 && file.status === 'failed' ? 1 : tests;
    });
    const skipped = report.numPendingTests + report.numTodoTests;
    return {
      passed: report.numPassedTests,
      failed: failed.reduce((sum, count) => sum + count, 0),
      skipped,
      wavering: report.testResults.flatMap(({ name, assertionResults }) =>
        assertionResults.flatMap((test) => waverOf(name, test)),
      ),
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, wavering: [] };
  }
}

/** A test that passed and yet failed before: a fault of the test or, rarely seen, of the product. It is always told. */
function waverOf(file: string, { status, fullName, failureMessages }: z.infer<typeof TestReport>): string[] {
  if (status !== 'passed' || failureMessages.length === 0) return [];
  return [
    `passed only at its second try: ${relative('.', file)} > ${fullName}\n${failureMessages.join('\n')}`,
  ];
}

const broken = failedChecks();
if (process.argv.includes('--checks')) {
  for (const check of broken) console.error(`failed: ${check}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
} else {
  const { passed, failed, skipped, wavering } = runTests();
  for (const waver of wavering) console.log(waver);
  for (const check of broken) console.log(`failed: ${check}`);
  const all = failed + broken.length;
  console.log(`${passed} passed, ${all} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = all > 0 ? 1 : 0;
}
