import { describe, expect } from 'vitest';
import * as z from 'zod';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { waitForEnd } from '../../lib/requests/wait-for-end.ts';
import { test as whole } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { test } from './doors.ts';

const SECOND = 1000;
const Page = z.looseObject({ run_id: z.string() });
const prefer = (wait: string) => ({ prefer: wait });

const quick = pipeline('quick', {
  default: true,
  params: z.object({}),
  tasks: [task('nothing', async function* () {})],
});
const endless = pipeline('endless', {
  default: true,
  params: z.object({}),
  tasks: [
    task('wait', async function* ({ signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      yield {};
    }),
  ],
});

describe('Prefer: wait=N', () => {
  whole('holds the answer until the run has ended: 200 and its last word', async ({ product }) => {
    const { trigger } = await product({ pipelines: [quick] });

    const answer = await trigger(undefined, prefer('respond-async, wait="40"; a=b'));

    expect(answer.status).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('wait=40');
    const run = Page.parse(await answer.json());
    expect(run).toMatchObject({ status: 'SUCCESS', request: { state: 'ran' } });
    expect(answer.headers.get('location')).toBe(`/runs/${run.run_id}`);
  });

  whole('also of replays and cancels', async ({ product }) => {
    const { ask, trigger, start } = await product({ pipelines: [quick, { ...endless, default: false }] });
    const ended = await start('quick');
    const live = Page.parse(await (await trigger({ pipeline: 'endless' })).json());
    const post = (path: string) => ask(path, { method: 'POST', headers: prefer('wait=40') });

    const again = await post(`/runs/${ended.run_id}/replay`);
    const cancelled = await post(`/runs/${live.run_id}/cancel`);

    expect([again.status, cancelled.status]).toEqual([200, 200]);
    expect(await again.json()).toMatchObject({ status: 'SUCCESS', request: { replay_of: ended.run_id } });
    expect(await cancelled.json()).toMatchObject({ status: 'CANCELLED' });
  });

  test('whose time is over is 202, and when to look again', async ({ open }) => {
    const { trigger } = open();

    const answer = await trigger(undefined, prefer('wait=1'));

    expect(answer.status).toBe(202);
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await answer.json()).toMatchObject({ status: 'STARTED' });
  });

  test.for(['respond-async', 'wait', 'wait=soon', 'wait=-1', 'handling=lenient; wait=3', ''])(
    'is not what "%s" says: it is ignored',
    async (text, { open }) => {
      const answer = await open().trigger(undefined, prefer(text));

      expect(answer.status).toBe(202);
      expect(answer.headers.get('preference-applied')).toBeNull();
    },
  );

  test('is over when the host stops: who waits is told at once what is known', async ({ open }) => {
    const { trigger, service, db } = open();
    const asked = trigger(undefined, prefer('wait=50'));
    await until(async () => (await db.selectFrom('run_log').selectAll().execute()).length > 0);

    await service.drain(40 * SECOND);

    const answer = await asked;
    expect(answer.status).toBe(202);
    // What was waited for to the end of its time is told as applied.
    expect(answer.headers.get('preference-applied')).toBeNull();
  });

  test('is over when the caller hangs up', async ({ open }) => {
    const { ask, db } = open();
    const caller = new AbortController();
    const init = { method: 'POST', headers: prefer('wait=50'), signal: caller.signal };
    const asked = ask('/runs/trigger', init);
    await until(async () => (await db.selectFrom('run_log').selectAll().execute()).length > 0);

    caller.abort();

    expect((await asked).headers.get('preference-applied')).toBeNull();
  });

  test('is granted to 150 at once; the others are told to look again, and places are free afterwards', async ({
    open,
  }) => {
    const { trigger, service } = open();
    const { run_id } = Page.parse(await (await trigger()).json());
    const wait = () => waitForEnd(service, run_id, 300, new AbortController().signal);

    const waited = await Promise.all(Array.from({ length: 200 }, wait));
    const later = await wait();

    expect(waited.filter((how) => how === 'time')).toHaveLength(150);
    expect(waited.filter((how) => how === 'cut')).toHaveLength(50);
    expect(later).toBe('time');
  });

  test('is not shaken by RunLog going away meanwhile', async ({ open }) => {
    const { trigger, service, db } = open();
    const { run_id } = Page.parse(await (await trigger()).json());
    const broken = { runlog: db, draining: service.draining, log: service.log };
    const asked = waitForEnd(broken, run_id, 600, new AbortController().signal);

    await db.schema.alterTable('run_requests').renameTo('elsewhere').execute();

    expect(await asked).toBe('time');
  });
});
