import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { describe, expect, onTestFinished } from 'vitest';
import { startImage } from '../../bench/process.ts';
import { bundle, bundleCli, NODE_FLAGS } from '../../bundle.ts';
import { test as base } from '../setup/fixtures.ts';

const run = promisify(execFile);

const test = base.extend('image', { scope: 'file' }, async ({ version: _ }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'kubescribe-image-'));
  onCleanup(() => rm(folder, { recursive: true }));
  return { folder, outputs: (await bundle(folder)).outputs };
});

/** Packages that are loaded when a host starts with this function. */
function packagesOf(name: string, outputs: Metafile['outputs']): Set<string> {
  const begins = Object.keys(outputs).filter((file) =>
    new RegExp(`/host/(main|${name}-[^/]*)\\.js$`).test(file),
  );
  const files = new Set(begins);
  for (const file of files) {
    for (const { path, kind } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement') files.add(path);
  }
  const inputs = [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  return new Set(inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []));
}

describe("the image's files", () => {
  test('answer GET /runs from RunLog', async ({ image, runlog, connect }) => {
    const client = await connect(runlog);
    await client.query("insert into run_log (component) values ('bundled')");
    const program = await startImage(image.folder, 'list-runs', runlog);

    const response = await fetch(`http://127.0.0.1:${program.port}/runs`);
    const runs = await response.json();
    await program.stop();

    expect(runs).toMatchObject([{ component: 'bundled', status: 'STARTED' }]);
  });

  test('find the pipelines beside them', async ({ image, runlog }) => {
    const program = await startImage(image.folder, 'trigger', runlog);

    const response = await fetch(`http://127.0.0.1:${program.port}/runs/trigger`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"pipeline":"none-such"}',
    });
    const problem = await response.json();
    await program.stop();

    expect(problem).toMatchObject({ status: 404, detail: expect.stringContaining('market-bars') });
  });

  test('hold a command line that migrates, and declares the pipelines beside it', async ({
    image,
    runlog,
  }) => {
    await bundleCli(image.folder);
    const program = join(image.folder, 'cli/kubescribe.mjs');
    const env = { PATH: process.env.PATH, RUNLOG_DB_URL: runlog };

    const { stdout } = await run(process.execPath, [program, 'migrate', '-o', 'json'], {
      env,
      cwd: tmpdir(),
    });

    expect(JSON.parse(stdout)).toEqual({ applied: [], schedules: ['market-bars'] });
  });

  test('say which code they are, the same for the same, and for a run to keep', async ({ image }) => {
    const folder = await mkdtemp(join(tmpdir(), 'kubescribe-image-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await bundle(folder);
    const codeOf = async (folder: string) =>
      /KUBESCRIBE_CODE\|\|="([0-9a-f]{12})"/.exec(await readFile(join(folder, 'host/main.js'), 'utf8'))?.[1];

    expect(await codeOf(image.folder)).toBeDefined();
    expect(await codeOf(folder)).toBe(await codeOf(image.folder));
  });

  test('are started with the flags that their code was compiled for', async () => {
    const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');

    const [, command = '[]'] = /^CMD (.*)$/m.exec(dockerfile) ?? [];

    expect(JSON.parse(command)).toEqual(['node', ...NODE_FLAGS, '/app/host/main.js']);
  });

  test('a function that lists runs loads neither mail nor schedules nor events', ({ image }) => {
    const packages = packagesOf('list-runs', image.outputs);

    expect(packages).toContain('kysely');
    for (const other of ['nodemailer', 'croner', 'cloudevents', 'pg-copy-streams'])
      expect(packages).not.toContain(other);
    expect(packagesOf('notify', image.outputs)).toContain('nodemailer');
  });

  test('the client of Kubernetes is loaded when a Job is needed, and by no start', ({ image }) => {
    const client = '@kubernetes/client-node';
    const holds = ({ inputs }: Metafile['outputs'][string]) =>
      Object.keys(inputs).some((input) => input.includes(`node_modules/${client}/`));

    expect(Object.values(image.outputs).filter(holds)).toHaveLength(1);
    for (const name of ['run-pipeline', 'sweep', 'trigger', 'list-runs'])
      expect(packagesOf(name, image.outputs)).not.toContain(client);
  });
});
