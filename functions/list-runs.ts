/** Lists runs, newest first: `GET /runs`. */
import * as z from 'zod';
import { listRuns as promised } from '../lib/contract/list-runs.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { page, readCursor, writeCursor } from '../lib/http/paging.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { listRuns } from '../lib/ledger/list-runs.ts';

const Cursor = z.tuple([z.iso.datetime(), z.guid()]);

async function list({ request, query }: Asked<typeof promised>, service: Service): Promise<Response> {
  const { limit, cursor, ...filter } = query;
  const [startedAt, runId] = cursor ? readCursor(cursor, Cursor) : [];
  const after = startedAt && runId ? { startedAt, runId } : undefined;

  const { runs, next } = await listRuns(service.runlog, filter, limit, after);

  return page(request, runs, next && writeCursor(next.startedAt, next.runId));
}

export default { routes: [door(promised, list)] } satisfies FunctionModule;
