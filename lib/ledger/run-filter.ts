/** Which runs are asked for, as conditions: those that an index answers in the order of the list, and the others. */
import { type RawBuilder, sql } from 'kysely';
import type { Json, RunStatus, Source, Trigger } from '../db/tables.ts';

export type RunFilter = {
  run_id?: string | undefined;
  component?: string | undefined;
  status?: readonly RunStatus[] | undefined;
  trigger?: readonly Trigger[] | undefined;
  source?: readonly Source[] | undefined;
  error_code?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  finished_from?: Date | undefined;
  finished_to?: Date | undefined;
  min_duration_ms?: number | undefined;
  max_duration_ms?: number | undefined;
  tag?: readonly string[] | undefined;
  meta?: Json | undefined;
  q?: string | undefined;
};

export type Condition = RawBuilder<unknown>;

/** What most runs have stands first. */
const STATUSES: readonly RunStatus[] = ['SUCCESS', 'ERROR', 'STARTED', 'CANCELLED', 'TIMEOUT'];
/** What another program recorded may have neither: null is indexed as nothing, so that it has an order within. */
const TRIGGERS: readonly (Trigger | '')[] = ['cron', 'api', 'manual', ''];
const SOURCES: readonly (Source | '')[] = ['k8s', 'local', 'ci', ''];

const trigger = sql`coalesce(trigger, '')`;
const source = sql`coalesce(source, '')`;

/** An expression that has the order of the list, and a time of the same kind. */
export type Moment = { of: Condition; at: (time: string | Date) => Condition };

/** A part of one index that lies in the order of the list; `first` is what that index is ordered by before it. */
export type Stretch = { is: Condition; moment: Moment; first?: Condition };

export const STARTED: Moment = { of: sql`started_at`, at: (time) => sql`${time}::timestamptz` };

/**
 * The same order, which `run_log_newest` does not have. That index would be gone through for what the planner takes to be
 * frequent and spread evenly, and which may lie at the far end.
 */
const INDEXED: Moment = {
  of: sql`(started_at at time zone 'UTC')`,
  at: (time) => sql`(${time}::timestamptz at time zone 'UTC')`,
};

/**
 * The stretches which hold together, merged, all runs that the filter takes by these columns. Where one between them may
 * have any value, there is a stretch a value: 80 at most.
 */
export function stretchesOf(filter: RunFilter): Stretch[] {
  const { run_id, error_code, component } = filter;
  if (run_id !== undefined) return [{ is: sql`run_id = ${run_id}::uuid`, moment: STARTED }];
  if (error_code !== undefined) return [{ is: sql`error_code = ${error_code}`, moment: INDEXED }];
  if (!filter.status && !filter.trigger && !filter.source) {
    if (component === undefined) return [{ is: sql`true`, moment: STARTED }];
    // An array of one: what is compared for equality would count for nothing in the order.
    return [{ is: sql`component = any (${[component]}::text[])`, first: sql`component`, moment: STARTED }];
  }
  const of = component === undefined ? sql`true` : sql`component = ${component}`;
  return valuesOf(filter).map(({ status, by, where }) => ({
    is: sql`${of} and status = ${status}::run_status and ${trigger} = ${by} and ${source} = ${where}`,
    moment: INDEXED,
  }));
}

/** What the runs of each stretch have. */
function valuesOf(filter: RunFilter) {
  const { status: statuses = STATUSES } = filter;
  const triggers: readonly (Trigger | '')[] = filter.trigger ?? TRIGGERS;
  const sources: readonly (Source | '')[] = filter.source ?? SOURCES;
  return statuses.flatMap((status) =>
    triggers.flatMap((by) => sources.map((where) => ({ status, by, where }))),
  );
}

/** The same in one condition on the columns of `lists`, a row a stretch; undefined where there is but one. */
export function stretchesAsRows(filter: RunFilter): { lists: Condition; stretch: Stretch } | undefined {
  const { run_id, error_code, component } = filter;
  const one = run_id !== undefined || error_code !== undefined;
  if (one || (!filter.status && !filter.trigger && !filter.source)) return undefined;
  const of = component === undefined ? sql`true` : sql`component = ${component}`;
  const values = valuesOf(filter);
  const [statuses, triggers, sources] = [
    values.map(({ status }) => status),
    values.map(({ by }) => by),
    values.map(({ where }) => where),
  ];
  return {
    lists: sql`unnest(${statuses}::run_status[], ${triggers}::text[], ${sources}::text[])
      as list (as_status, as_trigger, as_source)`,
    stretch: {
      is: sql`${of} and status = as_status and ${trigger} = as_trigger and ${source} = as_source`,
      moment: INDEXED,
    },
  };
}

/** What the stretches leave open. */
export function restOf(filter: RunFilter): Condition[] {
  const { finished_from, finished_to, min_duration_ms, max_duration_ms } = filter;
  return [
    ...(filter.run_id !== undefined || filter.error_code !== undefined ? facetsOf(filter) : []),
    ...(finished_from ? [sql`finished_at >= ${finished_from}`] : []),
    ...(finished_to ? [sql`finished_at < ${finished_to}`] : []),
    ...(min_duration_ms !== undefined ? [sql`duration_ms >= ${min_duration_ms}::bigint`] : []),
    ...(max_duration_ms !== undefined ? [sql`duration_ms <= ${max_duration_ms}::bigint`] : []),
  ];
}

/** What stretches are made of, as conditions beside others. */
export function facetsOf(filter: RunFilter): Condition[] {
  const { run_id, component, status, error_code } = filter;
  return [
    ...(run_id !== undefined ? [sql`run_id = ${run_id}::uuid`] : []),
    ...(error_code !== undefined ? [sql`error_code = ${error_code}`] : []),
    ...(component !== undefined ? [sql`component = ${component}`] : []),
    ...(status ? [sql`status = any (${[...status]}::run_status[])`] : []),
    ...(filter.trigger ? [sql`${trigger} = any (${[...filter.trigger]}::text[])`] : []),
    ...(filter.source ? [sql`${source} = any (${[...filter.source]}::text[])`] : []),
  ];
}

const words = sql`to_tsvector('simple', coalesce(error_code, '') || ' ' || coalesce(error_message, ''))`;

/** What an inverted index finds, in no order; `kept` is the condition under which that index has a run. */
type Search = { fits: Condition; kept?: Condition };

const searches = ({ tag, meta, q }: RunFilter): Search[] => [
  ...(tag ? [{ fits: sql`tags @> ${[...tag]}::text[]`, kept: sql`tags <> '{}'` }] : []),
  ...(meta ? [{ fits: sql`meta @> ${JSON.stringify(meta)}::jsonb` }] : []),
  ...(q !== undefined
    ? [
        {
          fits: sql`${words} @@ websearch_to_tsquery('simple', ${q})`,
          kept: sql`(error_code is not null or error_message is not null)`,
        },
      ]
    : []),
];

export const searchesOf = (filter: RunFilter): Condition[] =>
  searches(filter).flatMap(({ fits, kept }) => (kept ? [kept, fits] : [fits]));

/** What the planner is to estimate: it would count what follows from one another twice. */
export const soughtOf = (filter: RunFilter): Condition[] => searches(filter).map(({ fits }) => fits);

/** All of some conditions. */
export const allOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
