import { randomUUID } from 'node:crypto';
import deadLetters from '../../functions/dead-letters.ts';
import { loadConfig } from '../../lib/config.ts';
import { openRunLog } from '../../lib/db/connect.ts';
import { type Handler, router } from '../../lib/http/router.ts';
import { createService } from '../../lib/http/service.ts';
import { test as base } from '../setup/fixtures.ts';

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
    post: (headers: Record<string, string> = {}, body: string | Uint8Array<ArrayBuffer> = '{}') =>
      handler(new Request('http://function/', { method: 'POST', headers: { ...event(), ...headers }, body })),
    list: async () => (await (await ask('/dead-letters')).json()) as Letter[],
  };
});

const event = () => ({
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': randomUUID(),
  'ce-source': '/test',
  'ce-type': 'some.event',
});
