import { randomUUID } from 'node:crypto';
import { expect, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { kubescribe } from './command.ts';
import { opened } from './opened.ts';

const three = `
  insert into dead_letters (event_source, event_id, event_type, attributes, data, body, reason)
  select '/kubescribe/run-pipeline', 'e-' || n, 'dev.kubescribe.run.started', '{}', data, data::text, 'x'
    from generate_series(1, 3) n, (select jsonb_build_object('run_id', $1::text, 'pipeline', 'p') as data) d`;

test('a dead letter is explained, and replayed by a reason', async ({ product, runlog, connect }) => {
  const url = await opened(await product({ pipelines: [] }));
  await (await connect(runlog)).query(three, [randomUUID()]);
  const letters = (...args: string[]) => kubescribe(['dead-letters', ...args, '--url', url]);

  const list = await letters('list', '--pipeline', 'p', '--not-replayed');
  const shown = await letters('show', '1');
  const replayed = await letters('replay', '1', '--why', 'mended');

  expect(list.stdout.match(/ useful /g)).toHaveLength(3);
  expect(shown.stdout).toMatch(/^it +tells that run .* of p began$/m);
  expect(shown.stdout).toMatch(/^replay +useful: only others take it/m);
  expect(replayed.stdout).toMatch(/^replayed .* by somebody by the CLI \(mended\): /m);
  // Who asked is not kept waiting for the Broker for longer than 2 s.
  await until(async () => / \(mended\): taken by the Broker at /.test((await letters('show', '1')).stdout));
});

test('many dead letters are replayed only as they were counted', async ({ product, runlog, connect }) => {
  const url = await opened(await product({ pipelines: [] }));
  await (await connect(runlog)).query(three, [randomUUID()]);
  const replay = (...args: string[]) =>
    kubescribe(['dead-letters', 'replay', '--why', 'mended', ...args, '--url', url]);

  const preview = await replay('--pipeline', 'p');
  const wrong = await replay('--expect', '7');
  const many = await replay('--expect', '3');

  expect(preview.stdout).toBe(
    '3 fit: 3 useful to send again, 0 pointless, 0 that may not be sent, 0 on their way.\nWould be sent again: 1, 2, 3\n',
  );
  expect(preview.stderr).toContain('--expect 3');
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('3 useful ones fit, not 7') });
  expect(many.stdout).toMatch(/^Sent again: 1, 2, 3$/m);
});

test('what cannot be meant is said', async () => {
  const both = await kubescribe(['dead-letters', 'replay', '7', '--why', 'x', '--pipeline', 'p']);
  const noWhy = await kubescribe(['dead-letters', 'replay', '7']);

  expect([both.code, noWhy.code]).toEqual([2, 2]);
  expect(both.stderr).toContain('not both');
  expect(noWhy.stderr).toContain('--why');
});
