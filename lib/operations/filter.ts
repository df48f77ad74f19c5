/** What is asked of a table of `operation_logs`, as conditions: one that an index has in the order of the list, and others. */
import { type RawBuilder, sql } from 'kysely';
import { badRequest } from '../http/problem.ts';
import { type Filterable, isLogClass, type LogClassName, logClass } from './classes.ts';

export type OperationFilter = { [name in Exclude<Filterable, 'ts'>]?: string | undefined } & {
  ts_from?: Date | undefined;
  ts_to?: Date | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

type Condition = RawBuilder<unknown>;

/** Those with an index of their own, the narrower first. */
const INDEXED: readonly Filterable[] = ['symbol', 'pipeline'];

/** Throws a 400 that names what the table has no column for. */
export function checkFilter(name: LogClassName | 'pipeline_watermarks', filter: OperationFilter): void {
  const filters = isLogClass(name) ? logClass(name).filters : {};
  const asked = Object.entries(filter).filter(([, value]) => value !== undefined);
  const foreign = asked
    .map(([parameter]) => parameter)
    .filter(
      (parameter) =>
        !(isLogClass(name) && /^(from|to)$/.test(parameter)) &&
        !(parameter.replace(/^ts_.*/, 'ts') in filters),
    );
  if (foreign.length === 0) return;
  throw badRequest(`The query is wrong at ${foreign.map((one) => `"${one}"`).join(', ')}.`, {
    errors: foreign.map((parameter) => ({ parameter, detail: `${name} has no such column` })),
  });
}

/** The conditions of a list in the order of time: `first` goes by an index, `rest` is tried on what that finds. */
export function conditionsOf(
  name: LogClassName,
  filter: OperationFilter,
): { first: Condition[]; rest: Condition[] } {
  const { filters } = logClass(name);
  const { ts_from, ts_to, from, to, run_id: _, ...equal } = filter;
  const given = Object.entries(equal).flatMap(([parameter, value]) => {
    const column = filters[parameter as Filterable];
    return value !== undefined && column ? [{ parameter, is: sql`log.${sql.id(column)} = ${value}` }] : [];
  });
  const leading = INDEXED.find((one) => given.some(({ parameter }) => parameter === one));
  return {
    first: [
      ...given.filter(({ parameter }) => parameter === leading).map(({ is }) => is),
      ...(from ? [sql`log.log_time >= ${from}`] : []),
      ...(to ? [sql`log.log_time < ${to}`] : []),
    ],
    rest: [
      ...given.filter(({ parameter }) => parameter !== leading).map(({ is }) => is),
      ...(ts_from ? [sql`log.ts >= ${ts_from}`] : []),
      ...(ts_to ? [sql`log.ts < ${ts_to}`] : []),
    ],
  };
}

/** All of some conditions. */
export const allOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
