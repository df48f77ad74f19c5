import { expect } from 'vitest';
import { loadConfig } from '../../../lib/config.ts';
import { probes } from '../../../lib/http/probes.ts';
import { router } from '../../../lib/http/router.ts';
import { createService } from '../../../lib/http/service.ts';
import { test } from '../../setup/fixtures.ts';

const NOWHERE = 'postgres://app:hunter2@127.0.0.1:1/none';

function host(runlog = NOWHERE) {
  const service = createService(loadConfig({ RUNLOG_DB_URL: runlog, LOG_LEVEL: 'silent' }));
  const handler = router(probes(service), service);
  return { service, ask: (path: string) => handler(new Request(`http://host${path}`)) };
}

test.for(['/livez', '/healthz'])('%s is well without asking RunLog', async (path) => {
  const response = await host().ask(path);

  expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
});

test('a host is ready once RunLog has its schema, and stays it when RunLog goes', async ({
  empty,
  connect,
}) => {
  const { service, ask } = host(empty);
  const before = await ask('/readyz');
  expect([before.status, await before.text()]).toEqual([503, expect.stringContaining('schema_version')]);

  const client = await connect(empty);
  await client.query(
    `create function schema_version() returns text language sql as $$ select '000001'::text $$`,
  );
  const behind = await ask('/readyz');
  expect([behind.status, await behind.text()]).toEqual([503, expect.stringContaining('kubescribe migrate')]);

  await client.query(
    `create or replace function schema_version() returns text language sql as $$ select '999999'::text $$`,
  );
  expect((await ask('/readyz')).status).toBe(200);

  await client.query('drop function schema_version');
  expect((await ask('/readyz')).status).toBe(200);
  expect((await ask('/readyz?verbose')).status).toBe(503);
  await service.drain(1000);
});

test('a migrated RunLog is what the code needs', async ({ runlog }) => {
  const { service, ask } = host(runlog);

  expect(await (await ask('/readyz?verbose')).json()).toEqual({ ready: true, stopping: false, runlog: 'ok' });
  await service.drain(1000);
});

test('a host that stops is not ready, and lives', async () => {
  const { service, ask } = host();
  await service.drain(0);

  expect((await ask('/readyz')).status).toBe(503);
  expect((await ask('/livez')).status).toBe(200);
});

test('?verbose asks RunLog and says what is wrong, without secrets', async () => {
  const response = await host().ask('/readyz?verbose');
  const said = await response.text();

  expect(response.status).toBe(503);
  expect(JSON.parse(said)).toMatchObject({
    ready: false,
    stopping: false,
    runlog: expect.stringContaining('ECONNREFUSED'),
  });
  expect(said).not.toContain('hunter2');
});

test('a host that stops waits for what is in flight, but not for ever', async () => {
  const { service } = host();
  const work = Promise.withResolvers<void>();
  service.inFlight(work.promise);
  let drained = false;
  const draining = service.drain(60_000).then(() => {
    drained = true;
  });
  await new Promise(setImmediate);
  expect(drained).toBe(false);

  work.resolve();
  await draining;

  const stuck = host().service;
  stuck.inFlight(new Promise(() => {}));
  await stuck.drain(10);
});
