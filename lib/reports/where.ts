/** What is asked of the columns of a report: `symbol=AAPL`, `ts>=2026-01-05`, `close` (has a value), `!close` (has none). */
import { escapeLiteral, type Pool } from 'pg';
import { ident } from '../db/quote.ts';
import { badRequest } from '../http/problem.ts';
import type { ReportColumn, ReportTable } from './catalogue.ts';

/** The longer first: each is found whole. */
const OPERATORS = ['<=', '>=', '!=', '=', '<', '>'] as const;
type Operator = (typeof OPERATORS)[number];

export type Condition = { column: ReportColumn } & (
  | { is: 'null' | 'not null' }
  | { is: Operator; value: string }
);

const LONGEST_TOLD = 80;

/** Reads conditions by the columns that there are; what fits none is a 400 that names it. */
export function readConditions(texts: readonly string[], { columns }: ReportTable): Condition[] {
  // A name may begin like another, and may hold whatever it likes.
  const longestFirst = columns.toSorted((a, b) => b.name.length - a.name.length);
  return texts.map((text) => {
    for (const column of longestFirst) {
      if (text === column.name) return { column, is: 'not null' };
      if (text === `!${column.name}`) return { column, is: 'null' };
      const rest = text.startsWith(column.name) ? text.slice(column.name.length) : '';
      const is = OPERATORS.find((operator) => rest.startsWith(operator));
      if (is) return { column, is, value: rest.slice(is.length) };
    }
    const known = columns.map(({ name }) => name).join(', ');
    const detail = `"${text.slice(0, LONGEST_TOLD)}" is not of the form column=value (or !=, <, <=, >, >=, column, !column) with one of ${known}`;
    throw badRequest('The query is wrong at "where".', { errors: [{ parameter: 'where', detail }] });
  });
}

/** A value as its column has it, compared without being cut. */
export const typed = ({ cast }: Pick<ReportColumn, 'cast'>, value: string) =>
  `${escapeLiteral(value)}::${cast}`;

/** All of them as SQL. */
export const conditionsSql = (conditions: readonly Condition[]): string[] =>
  conditions.map((condition) => {
    const column = ident(condition.column.name);
    if (!('value' in condition)) return `${column} is ${condition.is}`;
    const value = typed(condition.column, condition.value);
    // What has no value is another than any.
    return condition.is === '!='
      ? `${column} is distinct from ${value}`
      : `${column} ${condition.is} ${value}`;
  });

type Given = { column: ReportColumn; value: string };

/** The first of some values that is none of its column's type. */
export async function unreadable(pool: Pool, given: readonly Given[]): Promise<Given | undefined> {
  if (given.length === 0) return undefined;
  const { rows } = await pool.query<{ place: number }>(
    `select place::int from unnest($1::text[], $2::text[]) with ordinality as given (value, type, place)
      where not pg_input_is_valid(value, type) order by place limit 1`,
    [given.map(({ value }) => value), given.map(({ column }) => column.cast)],
  );
  return given[(rows[0]?.place ?? 0) - 1];
}

/** Throws a 400 when a value is none of its column's type. */
export async function checkConditions(pool: Pool, conditions: readonly Condition[]): Promise<void> {
  const wrong = await unreadable(
    pool,
    conditions.flatMap((condition) => ('value' in condition ? [condition] : [])),
  );
  if (!wrong) return;
  const { name, type } = wrong.column;
  const detail = `"${wrong.value.slice(0, LONGEST_TOLD)}" is no ${type}, which ${name} is`;
  throw badRequest('The query is wrong at "where".', { errors: [{ parameter: 'where', detail }] });
}
