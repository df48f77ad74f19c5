/** Shows what pipelines wrote, and where each row is from: `GET /reports`, `GET /reports/{table}`, `GET /passport`. */
import * as z from 'zod';
import { getPassport } from '../lib/contract/passport.ts';
import { listReports, REPORT_PAGE, readReport } from '../lib/contract/reports.ts';
import { answer, answerJson } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { linksTo, readPlace } from '../lib/http/paging.ts';
import { prefersCsv } from '../lib/http/prefers-csv.ts';
import { notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { unlessKnown } from '../lib/http/unless-known.ts';
import { readKey } from '../lib/passport/key.ts';
import { findPassport } from '../lib/passport/passport.ts';
import { openDownload } from '../lib/reports/download.ts';
import { openTables, reportNamed } from '../lib/reports/named-report.ts';
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
  const table = reportNamed(await openTables(service), path.table);
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

async function tell({ query }: Asked<typeof getPassport>, service: Service): Promise<Response> {
  const tables = await openTables(service);
  const table = reportNamed(tables, query.table);
  const key = await readKey(service.reports.pages, table, query.key);

  const passport = await findPassport(service, { table, key, tables });

  if (passport) return answerJson(passport);
  throw notFound(`${table.name} has no such row, and nothing was ever said of it.`);
}

export default {
  routes: [door(listReports, list), door(readReport, show), door(getPassport, tell)],
} satisfies FunctionModule;
