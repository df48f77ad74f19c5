import consoleFunction from '../../functions/console.ts';
import { loadConfig } from '../../lib/config.ts';
import type { Db } from '../../lib/db/connect.ts';
import { router } from '../../lib/http/router.ts';
import { createService } from '../../lib/http/service.ts';
import { test as base } from '../setup/fixtures.ts';

type Answer = { status: number; text: string; headers: Headers };
type Get = (path: string) => Promise<Answer>;

/** Asks a console that reads the RunLog at a URL. */
export async function askConsole(
  url: string,
  path: string,
  env: Record<string, string> = {},
): Promise<Answer> {
  const service = createService(loadConfig({ RUNLOG_DB_URL: url, LOG_LEVEL: 'silent', ...env }));
  try {
    const request = new Request(`http://localhost${path}`, { headers: { accept: 'text/html' } });
    const response = await router(consoleFunction.routes, service)(request);
    return { status: response.status, text: await response.text(), headers: response.headers };
  } finally {
    await service.drain(5000);
  }
}

/** A console over a RunLog of the test's own; `db` writes what it shall show. */
export const test = base
  .extend('db', async ({ runlog }, { onCleanup }): Promise<Db> => {
    const service = createService(loadConfig({ RUNLOG_DB_URL: runlog, LOG_LEVEL: 'silent' }));
    onCleanup(() => service.drain(5000));
    return service.runlog;
  })
  .extend(
    'get',
    ({ runlog }): Get =>
      (path) =>
        askConsole(runlog, path),
  );
