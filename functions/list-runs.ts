/** Lists runs, newest first: `GET /runs`. */
import * as z from 'zod';
import { listRuns as promised } from '../lib/contract/list-runs.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { page, readPlace, TimeKey } from '../lib/http/paging.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { unlessKnown } from '../lib/http/unless-known.ts';
import { countRuns } from '../lib/ledger/count-runs.ts';
import { listRuns } from '../lib/ledger/list-runs.ts';

const Key = z.tuple([TimeKey, z.guid()]);

async function list(
  { request, query, headers }: Asked<typeof promised>,
  service: Service,
): Promise<Response> {
  const { limit, cursor, fields, count, ...filter } = query;
  const place = readPlace(cursor, Key);

  const [{ runs, ...neighbours }, total] = await Promise.all([
    listRuns(service.runlog, filter, { limit, place, fields }),
    count === 'true' ? countRuns(service.runlog, filter) : undefined,
  ]);

  const counted = total === undefined ? {} : { 'x-total-count': total };
  return unlessKnown(headers['if-none-match'], page(request, runs, neighbours, counted));
}

export default { routes: [door(promised, list)] } satisfies FunctionModule;
