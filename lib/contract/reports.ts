/** What pipelines wrote: read-only, by the columns of the tables. */
import * as z from 'zod';
import { Cursor, IfNoneMatch, Name } from './asked.ts';
import { operation } from './operation.ts';
import { several } from './several.ts';

const PAGE = 50;
const MAX_LIMIT = 200;
const MOST_CONDITIONS = 20;
const LONGEST_CONDITION = 2000;

const Writer = z.object({ pipeline: z.string(), task: z.string() });

const Report = z
  .object({
    table: z.string().meta({ description: 'As it stands in `/reports/{table}`.', example: 'market_bars' }),
    written_by: z.array(Writer).meta({ description: 'The tasks that write it; none: the settings name it.' }),
    key: z
      .array(z.string())
      .meta({ description: 'The columns by which it is ordered; none: it cannot be read in pages.' }),
    columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
    rows: z.number().nullable().meta({ description: 'An estimate; null: nobody has counted yet.' }),
  })
  .meta({ id: 'Report' });

export const listReports = operation({
  method: 'GET',
  path: '/reports',
  tag: 'Reports',
  id: 'listReports',
  summary: 'The tables that may be read: those that pipelines write, and those that the settings name.',
  detail: 'Only those that are there, and that the login of the function may read.',
  headers: z.object({ 'if-none-match': IfNoneMatch }),
  answers: {
    200: { says: 'The tables.', body: z.array(Report), headers: ['etag'] },
    304: { says: 'They are what `If-None-Match` names.', headers: ['etag'] },
  },
});

const Where = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat())
  .pipe(z.array(Name.max(LONGEST_CONDITION)).max(MOST_CONDITIONS))
  .meta({
    override: {
      type: 'array',
      maxItems: MOST_CONDITIONS,
      items: { type: 'string', maxLength: LONGEST_CONDITION },
    },
    description:
      'Conditions on columns, each a `where` of its own: `symbol=AAPL`, `ts>=2026-01-05`, also `!=`, `<`, `<=`, `>`; `close`: it has a value, `!close`: it has none. Values are read by the type of the column.',
    example: ['symbol=AAPL', 'ts>=2026-01-05'],
  });

const ReportLimit = z.coerce
  .number<string>()
  .int()
  .min(1)
  .max(MAX_LIMIT)
  .optional()
  .meta({
    override: { type: 'integer', minimum: 1, maximum: MAX_LIMIT },
    description: `How many at most; left out: ${PAGE}, as CSV all.`,
  });

/** Rows of a page for which no number was asked. */
export const REPORT_PAGE = PAGE;

export const TableName = Name.meta({ description: "The table's name.", example: 'market_bars' });

export const readReport = operation({
  method: 'GET',
  path: '/reports/:table',
  tag: 'Reports',
  id: 'readReport',
  summary: 'The rows of a report in the order of its key, page by page and both ways; or all of them as CSV.',
  detail: `A page of rows that are long ends with the row that makes it 4 MiB. Numbers have all the digits that the database has.
Columns of a row's origin (\`ks_…\`) come only by \`fields\`; \`GET /passport\` explains them. As CSV (\`format=csv\`, or
\`Accept: text/csv\`) it is all that fits, from a cursor on when one is given, while it is read; a cell that a spreadsheet
would take for a formula has an apostrophe before it. A CSV that ends in mid-sentence was broken off: after 50 s, for
instance.`,
  segments: z.object({ table: TableName }),
  query: z.strictObject({
    where: Where.optional(),
    fields: several(Name).optional().meta({ description: 'Only these columns, in this order.' }),
    order: z.enum(['asc', 'desc']).default('asc').meta({ description: 'Which way the key goes.' }),
    format: z
      .enum(['json', 'csv'])
      .optional()
      .meta({ description: 'What is answered; left out: what `Accept` prefers.' }),
    limit: ReportLimit,
    cursor: Cursor.optional(),
  }),
  headers: z.object({ 'if-none-match': IfNoneMatch }),
  answers: {
    200: {
      says: 'A page of rows.',
      body: z.array(z.record(z.string(), z.unknown())),
      orMedia: 'text/csv',
      headers: ['link', 'etag', 'content-disposition'],
    },
    304: { says: 'The page is what `If-None-Match` names.', headers: ['link', 'etag'] },
    404: { says: 'There is no such table among those that may be read.' },
    409: { says: 'The table has no order to be read in.' },
    422: { says: 'It takes longer than a request may, or a row is longer than 4 MiB.' },
  },
});
