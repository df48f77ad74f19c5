/** The pages for people: how all is, and each run. Reads RunLog, changes nothing. */
import * as z from 'zod';
import { auditPage } from '../console/audit-page.ts';
import { calendarPage } from '../console/calendar-page.ts';
import { deadLettersPage } from '../console/dead-letters-page.ts';
import { diffPage } from '../console/diff-page.ts';
import { evidencePage } from '../console/evidence-page.ts';
import { findPage } from '../console/find-page.ts';
import { logClassPage } from '../console/log-class-page.ts';
import { logsPage } from '../console/logs-page.ts';
import { operationsPage } from '../console/operations-page.ts';
import { overviewPage } from '../console/overview-page.ts';
import { runPage } from '../console/run-page.ts';
import { awayPage, missingPage } from '../console/trouble-page.ts';
import type { Db } from '../lib/db/connect.ts';
import type { FunctionModule, Route } from '../lib/http/router.ts';
import { LAST_SUCCESS } from '../lib/ledger/diff-runs.ts';
import { isLogClass } from '../lib/operations/classes.ts';

const RunId = z.guid();
const Against = z.union([z.guid(), z.literal(LAST_SUCCESS)]);
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

type Asked = { url: string; path: Record<string, string>; local: boolean };

/** A page; a database that gives no answer is said in the page's own style. */
const pageAt = (path: string, read: (db: Db, asked: Asked) => Promise<Response>): Route => ({
  method: 'GET',
  path,
  async handle(request, params, service) {
    const local = service.config.source !== 'k8s';
    try {
      return await read(service.runlog, { url: request.url, path: params, local });
    } catch (error) {
      const page = awayPage(error, local);
      if (!page) throw error;
      service.log.error({ error }, 'RunLog gives no answer');
      return page;
    }
  },
});

export default {
  routes: [
    pageAt('/', async (db, { url, local }) => {
      const before = new URL(url).searchParams.get('before') ?? undefined;
      if (before !== undefined && !RunId.safeParse(before).success)
        return missingPage(400, '“before” is the id of a run.', local);
      return overviewPage(db, { local, before });
    }),
    pageAt('/console/runs', (db, { url, local }) => findPage(db, url, local)),
    pageAt('/console/runs/:run_id', async (db, { url, path: { run_id }, local }) => {
      const id = RunId.safeParse(run_id);
      if (!id.success)
        return missingPage(400, `A run's id is a UUID; “${run_id?.slice(0, 80)}” is none.`, local);
      return (
        (await runPage(db, id.data, { url, local })) ??
        missingPage(404, `No run has the id ${id.data}.`, local)
      );
    }),
    pageAt('/console/runs/:run_id/diff/:against', async (db, { path, local }) => {
      const [runId, against] = [RunId.safeParse(path.run_id), Against.safeParse(path.against)];
      if (!runId.success || !against.success)
        return missingPage(400, 'Two runs are compared by their ids.', local);
      return diffPage(db, runId.data, against.data, local);
    }),
    pageAt('/console/runs/:run_id/evidence', async (db, { path: { run_id = '' }, local }) => {
      const page = RunId.safeParse(run_id).success ? await evidencePage(db, run_id, local) : undefined;
      return page ?? missingPage(404, `No run has the id ${run_id.slice(0, 80)}.`, local);
    }),
    pageAt('/console/logs', (db, { url, local }) => logsPage(db, url, local)),
    pageAt('/console/operations', (db, { url, local }) => operationsPage(db, url, local)),
    pageAt('/console/operations/:class', async (db, { url, path: { class: name = '' }, local }) =>
      isLogClass(name)
        ? logClassPage(db, name, url, local)
        : missingPage(404, `There is no operation log “${name.slice(0, 80)}”.`, local),
    ),
    pageAt('/console/dead-letters', (db, { local }) => deadLettersPage(db, local)),
    pageAt('/console/audit', (db, { url, local }) => auditPage(db, url, local)),
    pageAt(
      '/console/pipelines/:name',
      async (db, { path: { name = '' }, local }) =>
        (NAME.test(name) && (await calendarPage(db, name, local))) ||
        missingPage(404, `There is no pipeline “${name.slice(0, 80)}”.`, local),
    ),
  ],
} satisfies FunctionModule;
