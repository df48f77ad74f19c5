import { expect, test } from 'vitest';
import { loadConfig } from '../../../lib/config.ts';
import { probes } from '../../../lib/http/probes.ts';
import { router } from '../../../lib/http/router.ts';
import { createService } from '../../../lib/http/service.ts';

function host() {
  const service = createService(
    loadConfig({ RUNLOG_DB_URL: 'postgres://app:hunter2@127.0.0.1:1/none', LOG_LEVEL: 'silent' }),
  );
  const handler = router(probes(service), service);
  return { service, ask: (path: string) => handler(new Request(`http://host${path}`)) };
}

test.each(['/livez', '/healthz', '/readyz'])('%s is well without asking RunLog', async (path) => {
  const response = await host().ask(path);

  expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
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
