import { randomUUID } from 'node:crypto';
import { expect, test } from '../setup/product.ts';
import { kubescribe } from './command.ts';
import { opened } from './opened.ts';

test('a dead letter is explained, replayed by a reason, and many only as counted', async ({
  product,
  runlog,
  connect,
}) => {
  const url = await opened(await product({ pipelines: [] }));
  const client = await connect(runlog);
  await client.query(
    `insert into dead_letters (event_source, event_id, event_type, attributes, data, body, reason)
     select '/kubescribe/run-pipeline', 'e-' || n, 'dev.kubescribe.run.started', '{}', data, data::text, 'x'
       from generate_series(1, 3) n, (select jsonb_build_object('run_id', $1::text, 'pipeline', 'p') as data) d`,
    [randomUUID()],
  );
  const letters = (...args: string[]) => kubescribe(['dead-letters', ...args, '--url', url]);

  const list = await letters('list', '--pipeline', 'p', '--not-replayed');
  const none = await letters('list', '--type', 'another');
  const shown = await letters('show', '1');
  const tried = await letters('replay', '1', '--why', 'mended', '--dry-run');
  const replayed = await letters('replay', '1', '--why', 'mended');
  const preview = await letters('replay', '--pipeline', 'p', '--why', 'mended');
  const wrong = await letters('replay', '--why', 'mended', '--expect', '7');
  const many = await letters('replay', '--why', 'mended', '--expect', '2');

  expect(list.stdout.match(/ useful /g)).toHaveLength(3);
  expect(none).toMatchObject({ code: 0, stdout: '' });
  expect(shown.stdout).toMatch(/^it +tells that run .* of p began$/m);
  expect(shown.stdout).toMatch(/^replay +useful: only others take it/m);
  expect(tried.stdout).not.toMatch(/^replayed/m);
  expect(replayed.stdout).toMatch(/^replayed .* by somebody by the CLI \(mended\): taken by the Broker at /m);
  expect(preview.stdout).toBe(
    '2 fit: 2 useful to send again, 0 pointless, 0 that may not be sent, 0 on their way.\nWould be sent again: 2, 3\n',
  );
  expect(preview.stderr).toContain('--expect 2');
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('2 useful ones fit, not 7') });
  expect(many.stdout).toMatch(/^Sent again: 2, 3$/m);
});

test('what cannot be meant is said', async () => {
  const both = await kubescribe(['dead-letters', 'replay', '7', '--why', 'x', '--pipeline', 'p']);
  const noWhy = await kubescribe(['dead-letters', 'replay', '7']);

  expect([both.code, noWhy.code]).toEqual([2, 2]);
  expect(both.stderr).toContain('not both');
  expect(noWhy.stderr).toContain('--why');
});
