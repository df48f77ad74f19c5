import { randomUUID } from 'node:crypto';
import deadLetters from '../../functions/dead-letters.ts';
import replayDeadLetters from '../../functions/replay-dead-letters.ts';
import sweep from '../../functions/sweep.ts';
import { loadConfig } from '../../lib/config.ts';
import { openRunLog } from '../../lib/db/connect.ts';
import { listen } from '../../lib/http/host.ts';
import { type Handler, router } from '../../lib/http/router.ts';
import { createService } from '../../lib/http/service.ts';
import { test as base } from '../setup/fixtures.ts';
import { tickEvent } from '../setup/tick.ts';

type Letter = { id: number; data: unknown; [column: string]: unknown };

/** `dead-letters` on a RunLog of the test's own. */
export const test = base.extend('box', async ({ runlog, ends: _ }, { onCleanup }) => {
  const service = createService(loadConfig({ RUNLOG_DB_URL: runlog, LOG_LEVEL: 'silent' }));
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(async () => {
    await service.drain(1000);
    await db.destroy();
  });
  const handler: Handler = router(deadLetters.routes, service);
  const ask = (path: string) => handler(new Request(`http://function${path}`));
  return {
    db,
    ask,
    /** A dead event as a Broker delivers it: binary, with the attributes of its failure. */
    post: (headers: Record<string, string> = {}, body: string | Uint8Array<ArrayBuffer> = '{}', path = '/') =>
      handler(
        new Request(`http://function${path}`, { method: 'POST', headers: { ...event(), ...headers }, body }),
      ),
    list: async () => (await (await ask('/dead-letters')).json()) as Letter[],
  };
});

type Sent = { headers: Record<string, string>; body: string };

/** The same with a Broker that keeps what it is sent and answers as it is told, and with the function that replays. */
export const replayTest = test.extend('desk', async ({ box, runlog }, { onCleanup }) => {
  const sent: Sent[] = [];
  const broker = { url: '', status: 202, sent };
  const listening = await listen(
    async (request) => {
      sent.push({ headers: Object.fromEntries(request.headers), body: await request.text() });
      return new Response(null, { status: broker.status });
    },
    { port: 0, host: '127.0.0.1' },
  );
  broker.url = `http://127.0.0.1:${listening.port}/`;
  const service = createService(
    loadConfig({ RUNLOG_DB_URL: runlog, K_SINK: broker.url, LOG_LEVEL: 'silent' }),
    { pipelines: [] },
  );
  onCleanup(async () => {
    await service.drain(1000);
    await listening.close();
  });
  const ask = (path: string, body: unknown) =>
    router(
      replayDeadLetters.routes,
      service,
    )(
      new Request(`http://function${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
  return {
    broker,
    service,
    replay: (id: number | string, body: unknown = { why: 'mended' }) =>
      ask(`/dead-letters/${id}/replay`, body),
    replayAll: (filter: object, more: object) =>
      ask('/dead-letters/replay', { filter, why: 'mended', ...more }),
    sweep: () => router(sweep.routes, service)(tickEvent('minute')),
    /** A dead `run.started` of ours, whose replay is useful; returns its number. */
    async died(headers: Record<string, string> = {}, data: object = {}) {
      const run_id = randomUUID();
      await box.post(
        { 'ce-type': 'dev.kubescribe.run.started', 'ce-source': '/kubescribe/run-pipeline', ...headers },
        JSON.stringify({ run_id, pipeline: 'p', ...data }),
      );
      const [letter] = await box.list();
      return letter!.id;
    },
  };
});

const event = () => ({
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': randomUUID(),
  'ce-source': '/test',
  'ce-type': 'some.event',
});
