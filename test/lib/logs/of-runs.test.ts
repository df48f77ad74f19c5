import * as z from 'zod';
import { onBoundary } from '../../../lib/boundary.ts';
import { loadConfig } from '../../../lib/config.ts';
import { createService } from '../../../lib/http/service.ts';
import { pipeline } from '../../../lib/pipeline/define.ts';
import { task } from '../../../lib/pipeline/task.ts';
import { expect, test } from '../../setup/product.ts';
import { numbered } from './live-run.ts';

const NoParams = z.strictObject({});

test('a run shows what was left out of its log', async ({ product }) => {
  const talking = pipeline('talking', {
    params: NoParams,
    tasks: [
      task('talk', async function* ({ log }) {
        for (const message of numbered(30)) await log.info(message);
        yield {};
      }),
    ],
  });
  const { start } = await product({ pipelines: [talking], env: { KUBESCRIBE_RUN_LINES: '10' } });

  expect(await start('talking')).toMatchObject({
    status: 'SUCCESS',
    left_out: { repeated: 0, over_budget: 20, crowded_out: 0 },
  });
});

test('whatever is logged, and whether it can be stored or not, the run goes on', async ({
  product,
  onTestFinished,
}) => {
  onTestFinished(() => onBoundary(undefined));
  onBoundary((name) => {
    if (name === 'logs') throw new Error('lines cannot be stored');
  });
  const unreadable = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
    },
  );
  const strange = pipeline('strange', {
    params: NoParams,
    tasks: [
      task('talk', async function* ({ log }) {
        await log.info(JSON.parse('null'));
        await log.warn(JSON.parse('{"no":"text"}'), unreadable);
        for (const message of numbered(5000)) log.debug(message);
        yield {};
      }),
    ],
  });
  const { start } = await product({ pipelines: [strange] });

  expect(await start('strange')).toMatchObject({ status: 'SUCCESS', left_out: null });
});

test('a function that is asked to stop stores what it has said', async ({ runlog, connect }) => {
  const service = createService(loadConfig({ RUNLOG_DB_URL: runlog, LOG_LEVEL: 'silent' }));
  service.logs.logSystem('info', 'last words');
  await service.drain(1000);

  const { rows } = await (await connect(runlog)).query('select type, message from logs');
  expect(rows).toEqual([{ type: 'system', message: 'last words' }]);
});
