/** Tells who intervened, and why: `GET /audit`. Reads only. */
import * as z from 'zod';
import { listAudit } from '../lib/audit/list.ts';
import { listAudit as promised } from '../lib/contract/audit.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { page, readPlace, TimeKey } from '../lib/http/paging.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { unlessKnown } from '../lib/http/unless-known.ts';

const Key = z.tuple([TimeKey, z.int()]);

async function list(
  { request, query, headers }: Asked<typeof promised>,
  service: Service,
): Promise<Response> {
  const { limit, cursor, ...filter } = query;
  const place = readPlace(cursor, Key);

  const { interventions, ...neighbours } = await listAudit(service.runlog, filter, limit, place);

  return unlessKnown(headers['if-none-match'], page(request, interventions, neighbours));
}

export default { routes: [door(promised, list)] } satisfies FunctionModule;
