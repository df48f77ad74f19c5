import { randomUUID } from 'node:crypto';
import { expect, test } from '../setup/product.ts';
import { kubescribe } from './command.ts';
import { opened } from './opened.ts';

test('a run is shown beside its last success, and beside any other', async ({ product, runlog, connect }) => {
  const url = await opened(await product({ pipelines: [] }));
  const client = await connect(runlog);
  const [a, b] = [randomUUID(), randomUUID()];
  await client.query(
    `insert into run_log (run_id, component, status, started_at, finished_at, error_code, error_message)
     values ($1, 'x', 'ERROR', '2026-01-02', '2026-01-02 00:00:03', 'E1', $3),
            ($2, 'x', 'SUCCESS', '2026-01-01', '2026-01-01 00:00:01', null, null)`,
    [a, b, 'gone \u001b[31m'],
  );

  const last = await kubescribe(['diff', a, '--url', url]);
  const same = await kubescribe(['diff', b, b, '--url', url]);
  const json = await kubescribe(['diff', a, b, '--url', url, '-o', 'json']);
  const none = await kubescribe(['diff', b, '--url', url]);

  expect(last.stdout).toMatch(/^A {2}\S+ {2}x {2}ERROR/m);
  expect(last.stdout).toMatch(/^status +ERROR +SUCCESS +-$/m);
  expect(last.stdout).toMatch(/^duration +3\S* ?s +1\S* ?s +\+2\S* ?s$/m);
  expect(last.stdout).toMatch(/^error message +gone \\x1b\[31m +- +-$/m);
  expect(same.stderr).toContain('They do not differ');
  expect(JSON.parse(json.stdout)).toMatchObject({ b: { run_id: b } });
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('succeeded before') });
});
