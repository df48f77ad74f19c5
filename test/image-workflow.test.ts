/** What the workflows do, as far as it can be tried without them. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

const ROOT = join(import.meta.dirname, '..');
const WORKFLOWS = join(ROOT, '.github/workflows');
const Workflow = z.looseObject({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.looseObject({
      'timeout-minutes': z.int(),
      steps: z.array(z.looseObject({ uses: z.string().optional(), run: z.string().optional() })),
    }),
  ),
});
const read = (name: string) => Workflow.parse(parse(readFileSync(join(WORKFLOWS, name), 'utf8')));
const steps = (name: string) => Object.values(read(name).jobs).flatMap((job) => job.steps);

test.for(readdirSync(WORKFLOWS))('%s names the actions of others by their commit', (name) => {
  const uses = steps(name).flatMap((step) => step.uses ?? []);

  expect(uses.length).toBeGreaterThan(0);
  expect(uses.filter((one) => !/@[0-9a-f]{40}$/.test(one))).toEqual([]);
});

test('the digest of a release takes the place of the one in production, for each image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubescribe-workflow-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(ROOT, 'knative'), join(folder, 'knative'), { recursive: true });
  const script = steps('image.yml').find(({ run }) => run?.includes('sed -i'))?.run ?? '';
  const lines = script.split('\n').filter((line) => /^(overlay=|sed )/.test(line));
  const IMAGE = 'ghcr.io/somebody/kubescribe';
  const DIGEST = `sha256:${'5'.repeat(64)}`;

  const { status, stderr } = spawnSync('sh', ['-ec', lines.join('\n')], {
    cwd: folder,
    env: { PATH: process.env.PATH, IMAGE, DIGEST },
    encoding: 'utf8',
  });

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const overlay = parse(readFileSync(join(folder, 'knative/overlays/production/kustomization.yaml'), 'utf8'));
  expect(overlay.images).toEqual([
    { name: 'kubescribe', newName: IMAGE, digest: DIGEST },
    { name: 'dev.local/kubescribe', newName: IMAGE, digest: DIGEST },
  ]);
});
