/** How the columns of a report are shown. */
import { ident } from '../db/quote.ts';
import { badRequest } from '../http/problem.ts';
import type { ReportColumn, ReportTable } from './catalogue.ts';

/** Columns of a row's origin: told by the passport, and here when they are asked for. */
const ours = ({ name }: ReportColumn) => name.startsWith('ks_');

/** The columns that are asked for, in that order; else all that are the user's. */
export function shownColumns({ columns }: ReportTable, fields?: readonly string[]): ReportColumn[] {
  if (!fields) return columns.filter((column) => !ours(column));
  return fields.map((field) => {
    const found = columns.find(({ name }) => name === field);
    if (found) return found;
    const detail = `"${field.slice(0, 80)}" is none of ${columns.map(({ name }) => name).join(', ')}`;
    throw badRequest('The query is wrong at "fields".', { errors: [{ parameter: 'fields', detail }] });
  });
}

const isInstant = ({ cast }: ReportColumn) => cast === 'timestamp with time zone';

const utc = ({ name }: ReportColumn) => `replace(to_jsonb(${ident(name)}) #>> '{}', '+00:00', 'Z')`;

/** As it stands in JSON: instants in RFC 3339 with Z, numbers with all their digits. */
export const inJson = (column: ReportColumn) =>
  isInstant(column) ? `${utc(column)} as ${ident(column.name)}` : ident(column.name);

/** What a spreadsheet takes for a formula, or for what leads to one. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const FORMULA_SQL = String.raw`'^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]'`;

const safeName = (name: string) => (FORMULA.test(name) ? `'${name}` : name);

/** As it stands in CSV: whatever would be taken for a formula has an apostrophe before it; a number is none. */
export function inCsv(column: ReportColumn): string {
  const text = isInstant(column) ? utc(column) : `${ident(column.name)}::text`;
  const unless = column.category === 'N' ? ` and ${text} !~ '^-[0-9]'` : '';
  const name = ident(safeName(column.name));
  return `case when ${text} ~ ${FORMULA_SQL}${unless} then '''' || ${text} else ${text} end as ${name}`;
}
