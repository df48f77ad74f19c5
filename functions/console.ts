/** The pages for people: how all is, and each run. Reads RunLog, changes nothing. */
import * as z from 'zod';
import { calendarPage } from '../console/calendar-page.ts';
import { deadLettersPage } from '../console/dead-letters-page.ts';
import { diffPage } from '../console/diff-page.ts';
import { overviewPage } from '../console/overview-page.ts';
import { runPage } from '../console/run-page.ts';
import { awayPage, missingPage } from '../console/trouble-page.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { LAST_SUCCESS } from '../lib/ledger/diff-runs.ts';

const RunId = z.guid();
const Against = z.union([z.guid(), z.literal(LAST_SUCCESS)]);
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

export default {
  routes: [
    {
      method: 'GET',
      path: '/',
      async handle(request, _params, service) {
        const before = new URL(request.url).searchParams.get('before') ?? undefined;
        const local = isLocal(service);
        if (before !== undefined && !RunId.safeParse(before).success) {
          return missingPage(400, '“before” is the id of a run.', local);
        }
        return reading(service, () => overviewPage(service.runlog, { local, before }));
      },
    },
    {
      method: 'GET',
      path: '/console/runs/:run_id',
      async handle(_request, { run_id }, service) {
        const id = RunId.safeParse(run_id);
        if (!id.success)
          return missingPage(
            400,
            `A run's id is a UUID; “${run_id?.slice(0, 80)}” is none.`,
            isLocal(service),
          );
        return reading(
          service,
          async () =>
            (await runPage(service.runlog, id.data, isLocal(service))) ??
            missingPage(404, `No run has the id ${id.data}.`, isLocal(service)),
        );
      },
    },
    {
      method: 'GET',
      path: '/console/runs/:run_id/diff/:against',
      async handle(_request, path, service) {
        const [runId, against] = [RunId.safeParse(path.run_id), Against.safeParse(path.against)];
        if (!runId.success || !against.success)
          return missingPage(400, 'Two runs are compared by their ids.', isLocal(service));
        return reading(service, () => diffPage(service.runlog, runId.data, against.data, isLocal(service)));
      },
    },
    {
      method: 'GET',
      path: '/console/dead-letters',
      handle: (_request, _params, service) =>
        reading(service, () => deadLettersPage(service.runlog, isLocal(service))),
    },
    {
      method: 'GET',
      path: '/console/pipelines/:name',
      handle: (_request, { name = '' }, service) =>
        reading(
          service,
          async () =>
            (NAME.test(name) && (await calendarPage(service.runlog, name, isLocal(service)))) ||
            missingPage(404, `There is no pipeline “${name.slice(0, 80)}”.`, isLocal(service)),
        ),
    },
  ],
} satisfies FunctionModule;

const isLocal = (service: Service) => service.config.source !== 'k8s';

/** A database that gives no answer is said in the page's own style. */
async function reading(service: Service, read: () => Promise<Response>): Promise<Response> {
  try {
    return await read();
  } catch (error) {
    const page = awayPage(error, isLocal(service));
    if (!page) throw error;
    service.log.error({ error }, 'RunLog gives no answer');
    return page;
  }
}
