/** A page of a report in the order of its key: its cost grows neither with the depth nor with the table. */
import type { Pool } from 'pg';
import { cutPage, goesUp, MIRROR, type Neighbours, type Place } from '../db/keyset.ts';
import { ident } from '../db/quote.ts';
import { HEAVIEST, weighed } from '../db/within-bytes.ts';
import { badRequest, HttpProblem } from '../http/problem.ts';
import type { ReportColumn, ReportTable } from './catalogue.ts';
import { refusalOf } from './refusal.ts';
import { inJson, shownColumns } from './shown.ts';
import { type Condition, checkConditions, conditionsSql, typed, unreadable } from './where.ts';

/** A place in a report: the texts of its key. */
export type ReportKey = string[];
type Order = 'asc' | 'desc';

export type Asking = {
  conditions: readonly Condition[];
  fields?: readonly string[] | undefined;
  order: Order;
  place?: Place<ReportKey> | undefined;
};

/** `ks_row` is null of one that is too long by itself; `ks_full`: there is no room behind it. */
type Read = { ks_row: string | null; ks_key: ReportKey; ks_full: boolean };

/** A page of rows, each the text of its JSON, and the ways to its neighbours. */
export async function readPage(
  pool: Pool,
  table: ReportTable,
  { limit, fields, ...asking }: Asking & { limit: number },
): Promise<Neighbours<ReportKey> & { rows: string[] }> {
  const { place } = asking;
  await checkAsking(pool, table, asking);
  const shown = shownColumns(table, fields).map(inJson).join(', ');
  const key = table.key.map((name) => `${ident(name)}::text`).join(', ');
  const { rows: read } = await pool
    .query<Read>(
      `select case when octet_length(ks_row) <= ${HEAVIEST} then ks_row end as ks_row, ks_key, ks_full
         from (select *, ${weighed('octet_length(ks_row)')}
                 from (select (select row_to_json(ks_shown) from (select ${shown}) ks_shown)::text as ks_row, array[${key}] as ks_key
                         from ${sliceSql(table, asking)} limit ${limit + 1}) ks_page) ks_weighed
        where ks_within`,
    )
    .catch((error: unknown) => {
      throw refusalOf(error);
    });
  const last = read.at(-1);
  const edge = last?.ks_full ? last.ks_key : undefined;
  const { rows, ...neighbours } = cutPage(read, { limit, place, keyOf: ({ ks_key }) => ks_key, edge });
  return { rows: rows.map(({ ks_row, ks_key }) => ks_row ?? tooLong(table, ks_key)), ...neighbours };
}

function tooLong({ key }: ReportTable, values: ReportKey): never {
  const row = key.map((name, i) => `${name} "${values[i]}"`).join(', ');
  throw new HttpProblem({
    status: 422,
    title: 'Too much to read',
    detail: `The row of ${row} is longer than 4 MiB. Name the columns that you need in "fields", or ask for CSV.`,
  });
}

/** Refuses what cannot be read, before anything is. */
export async function checkAsking(
  pool: Pool,
  table: ReportTable,
  { conditions, place }: Pick<Asking, 'conditions' | 'place'>,
): Promise<void> {
  if (table.key.length === 0)
    throw new HttpProblem({
      status: 409,
      title: 'No order',
      detail: `${table.name} has no unique key of columns that always have a value: its rows have no order to be read in.`,
    });
  await checkConditions(pool, conditions);
  if (!place) return;
  const given = keyColumns(table).map((column, i) => ({ column, value: place.key[i] ?? '' }));
  const fits = place.key.length === given.length && place.key.every((text) => !text.includes('\0'));
  if (!fits || (await unreadable(pool, given))) throw badRequest('"cursor" is not one of this table.');
}

/** The rows that are asked for, from a place on, in their order; what is selected may have names of their columns. */
export function sliceSql(table: ReportTable, { conditions, order, place }: Asking): string {
  const all = [...conditionsSql(conditions), ...beyond(table, order, place)];
  const direction = (order === 'asc') === goesUp(place) ? 'desc' : 'asc';
  const by = table.key.map((name) => `ks_report.${ident(name)} ${direction}`);
  const where = all.length > 0 ? ` where ${all.join(' and ')}` : '';
  return `${ident(table.schema)}.${ident(table.table)} ks_report${where} order by ${by.join(', ')}`;
}

function beyond(table: ReportTable, order: Order, place: Place<ReportKey> | undefined): string[] {
  if (!place) return [];
  const key = table.key.map(ident).join(', ');
  const values = keyColumns(table).map((column, i) => typed(column, place.key[i] ?? ''));
  return [`(${key}) ${order === 'asc' ? MIRROR[place.way] : place.way} (${values.join(', ')})`];
}

export const keyColumns = ({ key, columns }: ReportTable): ReportColumn[] =>
  key.flatMap((name) => columns.find((column) => column.name === name) ?? []);
