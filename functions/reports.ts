/** Shows what pipelines wrote: `GET /reports`, `GET /reports/{table}`. Reads only. */
import * as z from 'zod';
import { listReports, REPORT_PAGE, readReport } from '../lib/contract/reports.ts';
import { answer, answerJson } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { linksTo, readPlace } from '../lib/http/paging.ts';
import { prefersCsv } from '../lib/http/prefers-csv.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { unlessKnown } from '../lib/http/unless-known.ts';
import { openDownload } from '../lib/reports/download.ts';
import { namedReport, openTables } from '../lib/reports/named-report.ts';
import { readPage } from '../lib/reports/page.ts';
import { readConditions } from '../lib/reports/where.ts';

const Key = z.array(z.string());

async function list({ headers }: Asked<typeof listReports>, service: Service): Promise<Response> {
  const tables = await openTables(service);
  const shown = tables.map(({ name, written_by, key, columns, rows }) => ({
    table: name,
    written_by,
    key,
    columns: columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
    rows,
  }));
  return unlessKnown(headers['if-none-match'], answerJson(shown));
}

async function show(
  { request, path, query, headers }: Asked<typeof readReport>,
  service: Service,
): Promise<Response> {
  const { where = [], format, limit, cursor, ...asked } = query;
  const table = await namedReport(service, path.table);
  const asking = { ...asked, conditions: readConditions(where, table), place: readPlace(cursor, Key) };

  const { pages, downloads } = service.reports;
  if (format ? format === 'csv' : prefersCsv(request.headers.get('accept'))) {
    const file = `${table.name.replaceAll(/[^\w.-]/g, '_')}.csv`;
    return new Response(await openDownload(downloads, table, { ...asking, limit }), {
      headers: {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="${file}"`,
      },
    });
  }
  const { rows, ...neighbours } = await readPage(pages, table, { ...asking, limit: limit ?? REPORT_PAGE });
  const found = answer(`[${rows.join(',')}]`, {
    headers: { 'content-type': 'application/json', ...linksTo(request, neighbours) },
  });
  return unlessKnown(headers['if-none-match'], found);
}

export default { routes: [door(listReports, list), door(readReport, show)] } satisfies FunctionModule;
