import { describe } from 'vitest';
import * as z from 'zod';
import { pipeline } from '../../lib/pipeline/define.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { Refusal, task } from '../../lib/pipeline/task.ts';
import { expect, test } from '../setup/product.ts';
import { control } from '../work/control.ts';
import { nothingArrives, pass } from '../work/hands-on.ts';
import { runOf } from '../work/pipeline-of.ts';
import { problem } from './doors.ts';

const Page = z.looseObject({ run_id: z.string() });

/** Three tasks of which those fail that `broken` holds; tells which ran, and from what state. */
const threeTasks = (names = ['a', 'b', 'c']) => {
  const ran: string[] = [];
  const broken = new Set<string>();
  const of = (names: string[]) =>
    pipeline('sample', {
      params: z.strictObject({ day: z.string().default('today') }),
      tasks: names.map((name) =>
        task(name, async function* ({ state }) {
          ran.push(`${name}${state.half ? ' from half' : ''}`);
          yield { half: true };
          if (broken.has(name)) throw new Refusal('BROKEN', `${name} is broken`);
        }),
      ),
    });
  const pipelines: Pipeline[] = [of(names)];
  return {
    ran,
    broken,
    pipelines,
    becomes: (names: string[]) => pipelines.splice(0, 1, ...(names.length > 0 ? [of(names)] : [])),
  };
};

describe('POST /runs/{run_id}/resume', () => {
  test('begins at the task that failed, from its beginning; what was done is not done again', async ({
    product,
  }) => {
    const { ran, broken, pipelines } = threeTasks();
    broken.add('b');
    const made = await product({ pipelines });
    const old = await made.start('sample', { day: 'monday' });
    broken.clear();

    const response = await control(made, old.run_id, 'resume', { why: 'mended' });
    const page = Page.parse(await response.json());
    const run = await made.ended(page.run_id);

    expect(old).toMatchObject({ status: 'ERROR' });
    expect(response.status).toBe(202);
    const resumed_from = { run_id: old.run_id, task: 'b' };
    expect(page.request).toMatchObject({ replay_of: old.run_id, resumed_from, params: { day: 'monday' } });
    expect(run).toMatchObject({
      status: 'SUCCESS',
      meta: { replay_of: old.run_id, resumed_from, why: 'mended' },
      tasks: [
        { name: 'b', position: 1, status: 'SUCCESS' },
        { name: 'c', position: 2, status: 'SUCCESS' },
      ],
    });
    expect(ran).toEqual(['a', 'b', 'b', 'c']);
  });

  test('of a run that was itself resumed counts what the first had done', async ({ product }) => {
    const { ran, broken, pipelines } = threeTasks();
    broken.add('b').add('c');
    const made = await product({ pipelines });
    const first = await made.start('sample');
    broken.delete('b');
    const second = await made.ended(await runOf(control(made, first.run_id, 'resume')));
    broken.clear();

    const third = await made.ended(await runOf(control(made, second.run_id, 'resume')));

    expect(second).toMatchObject({ status: 'ERROR', error_message: 'c is broken' });
    expect(third).toMatchObject({
      status: 'SUCCESS',
      meta: { resumed_from: { run_id: second.run_id, task: 'c' } },
    });
    expect(ran).toEqual(['a', 'b', 'b', 'c', 'c']);
  });

  test('begins before a task that the file has gained ahead of the failed one', async ({ product }) => {
    const { ran, broken, pipelines, becomes } = threeTasks(['a', 'b']);
    broken.add('b');
    const made = await product({ pipelines });
    const old = await made.start('sample');
    broken.clear();
    becomes(['a', 'new', 'b']);

    await made.ended(await runOf(control(made, old.run_id, 'resume')));

    expect(ran).toEqual(['a', 'b', 'new', 'b']);
  });

  test('of a cancelled run goes on where it was', async ({ product }) => {
    const { pipelines } = threeTasks();
    const made = await product({ pipelines, weather: nothingArrives });
    const old = await runOf(made.trigger({ pipeline: 'sample' }));
    await made.service.runlog.insertInto('task_runs').values({ run_id: old, name: 'a' }).execute();
    await control(made, old, 'cancel');

    const response = await control(made, old, 'resume');

    expect(await response.json()).toMatchObject({ request: { resumed_from: { task: 'a' } } });
  });

  test('that finds its task gone when it begins ends in ERROR', async ({ product, runlog, connect }) => {
    const { broken, pipelines, becomes } = threeTasks();
    broken.add('b');
    const lost: string[] = [];
    const made = await product({
      pipelines,
      weather: (event) => (lost.length > 0 && event.type.endsWith('run.requested') ? [] : [0]),
    });
    const old = await made.start('sample');
    lost.push('the first event');
    const id = await runOf(control(made, old.run_id, 'resume'));
    becomes(['a', 'c']);
    lost.pop();
    await pass(await connect(runlog), '11 seconds');

    expect(await made.ended(id)).toMatchObject({ status: 'ERROR', error_code: 'TASK_GONE' });
  });

  test.for<[string, (file: ReturnType<typeof threeTasks>) => void, string]>([
    ['that has succeeded', () => {}, 'has succeeded'],
    ['whose task is gone', ({ broken }) => broken.add('b'), 'task "b", which is no longer'],
    ['whose pipeline is gone', ({ broken }) => broken.add('c'), 'which no pipeline file defines'],
  ])('of a run %s is 409 with the reason', async ([, prepare, says], { product }) => {
    const file = threeTasks();
    prepare(file);
    const made = await product({ pipelines: file.pipelines });
    const old = await made.start('sample');
    if (file.broken.has('b')) file.becomes(['a', 'c']);
    if (file.broken.has('c')) file.becomes([]);

    const response = await control(made, old.run_id, 'resume');

    expect(response.status).toBe(409);
    expect((await problem(response)).detail).toContain(says);
  });

  test('of a run that never began a task is 409: there is nothing to keep', async ({ product }) => {
    const made = await product({ pipelines: threeTasks().pipelines, weather: nothingArrives });
    const [begun, waited] = [
      await runOf(made.trigger({ pipeline: 'sample' })),
      await runOf(made.trigger({ pipeline: 'sample' })),
    ];
    await control(made, waited, 'cancel');
    await control(made, begun, 'cancel');

    for (const id of [begun, waited]) {
      const response = await control(made, id, 'resume');
      expect(response.status).toBe(409);
      expect((await problem(response)).detail).toContain('never began');
    }
  });
});
