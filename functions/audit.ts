/** Tells who intervened, and why: `GET /audit`. Reads only. */
import * as z from 'zod';
import { listAudit } from '../lib/audit/list.ts';
import { listAudit as promised } from '../lib/contract/audit.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { page, readCursor, writeCursor } from '../lib/http/paging.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';

const Cursor = z.tuple([z.iso.datetime(), z.string().regex(/^\d{1,18}$/)]);

async function list({ request, query }: Asked<typeof promised>, service: Service): Promise<Response> {
  const { limit, cursor, ...filter } = query;
  const [at, auditId] = cursor ? readCursor(cursor, Cursor) : [];
  const after = at && auditId ? { at, auditId } : undefined;

  const { interventions, next } = await listAudit(service.runlog, filter, limit, after);

  return page(request, interventions, next && writeCursor(next.at, next.auditId));
}

export default { routes: [door(promised, list)] } satisfies FunctionModule;
