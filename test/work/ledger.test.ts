import { expect, test } from '../setup/product.ts';
import { nothingArrives } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

const sample = { pipelines: [pipelineOf(idle)] };

test('rows of others in run_log are shown and never touched', async ({ product, runlog, connect }) => {
  const ledger = await connect(runlog);
  const foreign = `insert into run_log (component, trigger, source, meta) values ('backup', 'cron', 'k8s', '{"a": 1}')
    returning *`;
  const [before] = (await ledger.query(foreign)).rows;
  const { trigger, ended, run, tick } = await product(sample);

  await ended(await runOf(trigger({ pipeline: 'sample' })));
  await tick('minute');

  expect((await ledger.query(`select * from run_log where component = 'backup'`)).rows).toEqual([before]);
  expect(await run(before.run_id)).toMatchObject({ status: 'STARTED', request: null, work: null });
  await ledger.query(`update run_log set status = 'SUCCESS' where component = 'backup'`);
});

test('a run that has ended refuses every change', async ({ product, runlog, connect }) => {
  const ledger = await connect(runlog);
  const { trigger, ended } = await product(sample);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await ended(id);

  for (const change of [`status = 'ERROR'`, 'finished_at = null', `meta = '{}'`, `component = 'other'`]) {
    await expect(ledger.query(`update run_log set ${change} where run_id = '${id}'`)).rejects.toThrow(
      /has ended/,
    );
  }
});

test('a live run of ours is ended by nobody from outside', async ({ product, runlog, connect }) => {
  const ledger = await connect(runlog);
  const { trigger, run } = await product({ ...sample, weather: nothingArrives });
  const id = await runOf(trigger({ pipeline: 'sample' }));

  await expect(ledger.query(`update run_log set status = 'SUCCESS'`)).rejects.toThrow(
    /ends only by its worker/,
  );

  expect(await run(id)).toMatchObject({ status: 'STARTED' });
});

test('a success after a failure of its lane says that it recovered, the next one does not', async ({
  product,
  runlog,
  connect,
}) => {
  const fails = pipelineOf(
    async function* (context) {
      yield {};
      if (context.params.fail) throw new Error('as asked');
    },
    { retry: { attempts: 1 } },
  );
  const { trigger, ended } = await product({ pipelines: [fails] });
  for (const fail of [true, false, false]) {
    await ended(await runOf(trigger({ pipeline: 'sample', params: { fail } })));
  }

  const { rows } = await (await connect(runlog)).query(
    `select extensions ->> 'recovered' as recovered from outbox where type ~ 'run.succeeded$' order by time`,
  );
  expect(rows).toEqual([{ recovered: 'true' }, { recovered: 'false' }]);
});
