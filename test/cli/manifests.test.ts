import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { folder, kubescribe } from './command.ts';
import { pipelineFile } from './examine.ts';

const world = (pipelines: Record<string, string | undefined>) => {
  const files = Object.entries(pipelines).map(([name, cron]) => [`${name}.ts`, pipelineFile(name, cron)]);
  const env = { KUBESCRIBE_PIPELINES: folder(Object.fromEntries(files)) };
  const out = join(folder(), 'base');
  const read = (file: string) => readFileSync(join(out, file), 'utf8');
  const run = (...args: string[]) => kubescribe(['manifests', '--out', out, '-o', 'json', ...args], { env });
  return {
    out,
    /** What would be written; the exit code says whether anything. */
    async check(): Promise<string[]> {
      const { code, stdout } = await run('--check');
      const found: { file: string; drift: string }[] = JSON.parse(stdout);
      expect(code).toBe(found.length > 0 ? 1 : 0);
      return found.map(({ file, drift }) => `${drift} ${file}`);
    },
    write: async () => expect(await run()).toMatchObject({ code: 0, stderr: '' }),
    read,
    edit: (file: string, change: (text: string) => string) =>
      writeFileSync(join(out, file), change(read(file))),
  };
};

test("the repository's manifests are those of its pipelines", async () => {
  const { code, stdout } = await kubescribe(['manifests', '--check']);

  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('Nothing to do') });
});

test('each scheduled pipeline gets a PingSource in its zone, and a line in the list', async () => {
  const { check, write, read } = world({ bars: '*/5 * * * *', later: undefined, yes: '@daily' });

  const before = await check();
  await write();

  expect(before).toEqual([
    'missing 510-bars-ping.yaml',
    'missing 520-yes-ping.yaml',
    'list kustomization.yaml',
  ]);
  expect(await check()).toEqual([]);
  expect(parse(read('kustomization.yaml'))).toMatchObject({
    resources: ['510-bars-ping.yaml', '520-yes-ping.yaml'],
  });
  expect(parse(read('510-bars-ping.yaml'))).toMatchObject({
    metadata: { name: 'bars', namespace: 'kubescribe' },
    spec: {
      schedule: '*/5 * * * *',
      timezone: 'UTC',
      data: '{"pipeline":"bars"}',
      ceOverrides: { extensions: { tick: 'schedule' } },
    },
  });
  // Read by YAML 1.1, as Kubernetes does, a bare yes is no text.
  expect(read('520-yes-ping.yaml')).toContain('name: "yes"');
});

test('a PingSource that ticks otherwise is stale; what else its file says stays', async () => {
  const { check, write, read, edit } = world({ bars: '*/5 * * * *' });
  await write();
  edit('510-bars-ping.yaml', (text) =>
    text.replace('*/5', '*/7').replace('  timezone: UTC\n', '').replace('labels:', 'labels:\n    team: data'),
  );

  const before = await check();
  await write();

  expect(before).toEqual(['stale 510-bars-ping.yaml']);
  expect(await check()).toEqual([]);
  expect(parse(read('510-bars-ping.yaml'))).toMatchObject({
    metadata: { labels: { team: 'data' } },
    spec: { schedule: '*/5 * * * *', timezone: 'UTC' },
  });
  expect(read('510-bars-ping.yaml')).toMatch(/^# Makes the schedule of bars punctual/);
});

test('a PingSource of a pipeline that is gone, and a second one, are orphans and go', async () => {
  const { out, check, write, edit, read } = world({ bars: '*/5 * * * *' });
  await write();
  edit('kustomization.yaml', (text) => `# Mine.\n${text}  - 520-gone-ping.yaml\n  - 900-mine.yaml # kept\n`);
  writeFileSync(join(out, '520-gone-ping.yaml'), read('510-bars-ping.yaml').replaceAll('bars', 'gone'));
  writeFileSync(join(out, '530-twice-ping.yaml'), read('510-bars-ping.yaml'));
  writeFileSync(join(out, '900-mine.yaml'), 'kind: ConfigMap\n---\nkind: ConfigMap\n');

  const before = await check();
  await write();

  expect(before).toEqual([
    'orphaned 520-gone-ping.yaml',
    'orphaned 530-twice-ping.yaml',
    'list kustomization.yaml',
  ]);
  expect(await check()).toEqual([]);
  expect(readdirSync(out).sort()).toEqual(['510-bars-ping.yaml', '900-mine.yaml', 'kustomization.yaml']);
  expect(read('kustomization.yaml')).toMatch(
    /^# Mine\.\n[\s\S]*resources:\n {2}- 510-bars-ping\.yaml\n {2}- 900-mine\.yaml # kept\n$/,
  );
});

test('a file that is there keeps its number; a new one takes the next that is free', async () => {
  const { out, check, write, read } = world({ a: '0 * * * *', b: '0 * * * *', minute: '0 * * * *' });
  mkdirSync(out);
  writeFileSync(join(out, '520-other.yaml'), 'kind: ConfigMap\n');
  await write();
  rmSync(join(out, '510-a-ping.yaml'));

  expect(await check()).toEqual(['missing 510-a-ping.yaml']);
  expect(existsSync(join(out, '530-b-ping.yaml'))).toBe(true);
  // The PingSource that wakes sweep has this name already.
  expect(parse(read('540-minute-ping.yaml'))).toMatchObject({ metadata: { name: 'minute-schedule' } });
});

test('a manifest that cannot be read is named, and nothing is written', async () => {
  const { out, write, edit } = world({ bars: '*/5 * * * *' });
  await write();
  edit('510-bars-ping.yaml', (text) => text.replace('spec:', 'spec: ['));

  const { code, stderr } = await kubescribe(['manifests', '--out', out]);

  expect(code).toBe(1);
  expect(stderr).toContain('510-bars-ping.yaml: ');
});
