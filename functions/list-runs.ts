/** Lists runs, newest first: `GET /runs`. */
import * as z from 'zod';
import { Limit, page, readCursor, readQuery, writeCursor } from '../lib/http/paging.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { listRuns } from '../lib/ledger/list-runs.ts';

const Instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const Query = z.object({
  component: z
    .string()
    .regex(/^[^\0]*$/, 'holds a NUL')
    .optional(),
  status: z.enum(['STARTED', 'SUCCESS', 'ERROR', 'CANCELLED', 'TIMEOUT']).optional(),
  trigger: z.enum(['cron', 'api', 'manual']).optional(),
  source: z.enum(['k8s', 'local', 'ci']).optional(),
  from: Instant.optional(),
  to: Instant.optional(),
  limit: Limit,
  cursor: z.string().optional(),
});

const Cursor = z.tuple([z.iso.datetime(), z.guid()]);

async function handle(request: Request, _params: unknown, service: Service): Promise<Response> {
  const { limit, cursor, ...filter } = readQuery(request, Query);
  const [startedAt, runId] = cursor ? readCursor(cursor, Cursor) : [];
  const after = startedAt && runId ? { startedAt, runId } : undefined;

  const { runs, next } = await listRuns(service.runlog, filter, limit, after);

  return page(request, runs, next && writeCursor(next.startedAt, next.runId));
}

export default { routes: [{ method: 'GET', path: '/runs', handle }] } satisfies FunctionModule;
