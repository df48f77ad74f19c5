import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base, describe, expect } from 'vitest';
import { PipelineError } from '../../../lib/pipeline/define.ts';
import { loadPipelines } from '../../../lib/pipeline/load.ts';

const OURS = fileURLToPath(new URL('../../../pipelines', import.meta.url));
const KIT = new URL('../../../lib/pipeline/', import.meta.url).href;

const file = (name: string, more = '') => `
import { pipeline } from '${KIT}define.ts';
import { task } from '${KIT}task.ts';
const params = { parse: (given) => given, safeParse: (data) => ({ success: true, data }) };
export default pipeline('${name}', { params, ${more} tasks: [task('one', async function* () {})] });
`;

/** A folder of pipelines with these files. */
const test = base.extend('folder', async ({ task: _ }, { onCleanup }) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipelines-'));
  onCleanup(() => rmSync(folder, { recursive: true }));
  return (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };
});

describe('the folder of pipelines', () => {
  test('of this repository holds what it must, one of them the default', async () => {
    const pipelines = await loadPipelines(OURS);

    expect(pipelines.map(({ name }) => name)).toContain('market-bars');
    expect(pipelines.filter((pipeline) => pipeline.default)).toHaveLength(1);
  });

  test('tells an ingest of a summary that another file keeps of its table', async ({ folder }) => {
    const LIB = new URL('../../../lib/ingest/', import.meta.url).href;
    const made = (name: string, task: string) => `
      import { pipeline } from '${KIT}define.ts';
      import { ingest } from '${LIB}ingest.ts';
      import { rollup } from '${LIB}rollup.ts';
      const params = { parse: (given) => given, safeParse: (data) => ({ success: true, data }) };
      export default pipeline('${name}', { params, tasks: [${task}] });`;
    const orders = `ingest({ from: { table: 'o', id: 'id' }, columns: { day: { type: 'date' } }, key: ['day'], into: 'orders' })`;
    const files = {
      'days.ts': made(
        'days',
        `rollup({ from: 'orders', into: 'days', by: ['day'], values: { n: 'count(*)' } })`,
      ),
      'orders.ts': made('orders', orders),
    };

    const [, pipeline] = await loadPipelines(folder(files));

    expect(pipeline?.tasks[0]?.spec).toMatchObject({ touches: [{ target: 'days', by: { day: '"day"' } }] });
  });

  test('gives its pipelines in the order of their files, and passes over what is no pipeline file', async ({
    folder,
  }) => {
    const files = {
      'b.ts': file('second'),
      'a.mjs': file('first'),
      'README.md': 'text',
      'c.d.ts': 'broken (',
    };

    expect((await loadPipelines(folder(files))).map(({ name }) => name)).toEqual(['first', 'second']);
  });

  test.for([
    ['that cannot be parsed', { 'broken.ts': 'export default pipeline(' }, /broken\.ts/],
    ['that throws', { 'broken.ts': 'throw new Error("no luck")' }, /broken\.ts.*no luck/s],
    ['that imports what is not there', { 'broken.ts': 'import "./missing.ts"' }, /broken\.ts/],
    ['that declares a pipeline that cannot be', { 'broken.ts': file('Bad Name') }, /broken\.ts.*Bad Name/s],
    ['without a default export', { 'broken.ts': 'export const a = 1' }, /broken\.ts.*export default/s],
    [
      'whose export is no pipeline',
      { 'broken.ts': 'export default { name: "p" }' },
      /broken\.ts.*export default/s,
    ],
    ['beside another of the same name', { 'a.ts': file('p'), 'b.ts': file('p') }, /"p"/],
    [
      'beside another default',
      { 'a.ts': file('p', 'default: true,'), 'b.ts': file('q', 'default: true,') },
      /default: true/,
    ],
  ] as const)('names a file %s', async ([, files, says], { folder }) => {
    const loading = loadPipelines(folder(files));

    await expect(loading).rejects.toThrow(PipelineError);
    await expect(loading).rejects.toThrow(says);
  });

  test('that is not there is named', async () => {
    await expect(loadPipelines('/nowhere/at-all')).rejects.toThrow('/nowhere/at-all');
  });
});
