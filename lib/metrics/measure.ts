/** Figures of RunLog for whoever keeps an eye on many systems at once, as Prometheus reads them. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';

type OfPipeline = {
  pipeline: string;
  live: number;
  blocked: number;
  waiting: number;
  missed: number;
  paused: number;
  last_failed: number | null;
  last_end: number | null;
  last_success: number | null;
};
type OfAll = {
  events: number;
  events_age: number;
  dead_letters: number;
  mails_pending: number;
  mails_failed: number;
};

/** What is told of each pipeline; a figure that there is not yet is left out. */
const BY_PIPELINE: readonly (readonly [keyof Omit<OfPipeline, 'pipeline'>, name: string, help: string])[] = [
  ['live', 'runs_live', 'Runs that have begun and not ended.'],
  ['blocked', 'runs_blocked', 'Runs that cannot be ended: their report database is away.'],
  ['waiting', 'requests_waiting', 'Requests that wait for their turn.'],
  ['missed', 'slots_missed_last_day', 'Slots of the last 24 hours that passed without a run.'],
  ['paused', 'schedule_paused', '1 while the schedule is paused.'],
  ['last_failed', 'last_run_failed', '1 when the last run that ended is no SUCCESS.'],
  ['last_end', 'last_run_end_timestamp_seconds', 'When a run last ended.'],
  ['last_success', 'last_success_timestamp_seconds', 'When a run last ended as SUCCESS.'],
];
const WHOLE: readonly (readonly [keyof OfAll, name: string, help: string])[] = [
  ['events', 'events_open', 'Events that nobody has taken yet.'],
  ['events_age', 'events_open_age_seconds', 'How long the oldest of them has been due.'],
  ['dead_letters', 'dead_letters', 'Dead letters that were neither overtaken nor sent again.'],
  ['mails_pending', 'notifications_pending', 'Mails that are still to be sent.'],
  ['mails_failed', 'notifications_failed', 'Mails that were given up.'],
];

/** All figures, in Prometheus' text. */
export async function measure(db: Db): Promise<string> {
  const [pipelines, all] = await Promise.all([ofPipelines(db), ofAll(db)]);
  const lines = BY_PIPELINE.flatMap(([key, name, help]) => [
    ...about(name, help),
    ...pipelines.flatMap((one) =>
      one[key] === null ? [] : [`kubescribe_${name}{pipeline="${quoted(one.pipeline)}"} ${one[key]}`],
    ),
  ]);
  const rest = WHOLE.flatMap(([key, name, help]) => [...about(name, help), `kubescribe_${name} ${all[key]}`]);
  return `${[...lines, ...rest].join('\n')}\n`;
}

const about = (name: string, help: string) => [
  `# HELP kubescribe_${name} ${help}`,
  `# TYPE kubescribe_${name} gauge`,
];

const quoted = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

async function ofPipelines(db: Db): Promise<OfPipeline[]> {
  const { rows } = await sql<OfPipeline>`
    select name as pipeline, work.live, work.blocked, wishes.waiting, wishes.missed,
           (exists (select from pauses where pauses.pipeline = name and resumed_at is null))::int as paused,
           (last.status <> 'SUCCESS')::int as last_failed,
           extract(epoch from last.finished_at)::float8 as last_end,
           extract(epoch from good.finished_at)::float8 as last_success
      from pipelines
     cross join lateral (
           select count(*)::int as live, (count(*) filter (where blocked_since is not null))::int as blocked
             from run_work where run_work.pipeline = name) work
     cross join lateral (
           select (count(*) filter (where state = 'waiting'))::int as waiting,
                  (count(*) filter (where state = 'missed'))::int as missed
             from run_requests
            where run_requests.pipeline = name
              and (state = 'waiting' or state = 'missed' and ended_at > clock() - interval '1 day')) wishes
      left join lateral (
           select status, finished_at from run_log
            where component = name and status in ('SUCCESS', 'ERROR', 'TIMEOUT')
            order by started_at desc limit 1) last on true
      left join lateral (
           select finished_at from run_log
            where component = name and status = 'SUCCESS'
            order by started_at desc limit 1) good on true
     order by name`.execute(db);
  return rows;
}

async function ofAll(db: Db): Promise<OfAll> {
  const { rows } = await sql<OfAll>`
    select (select count(*)::int from outbox where done_at is null) as events,
           (select greatest(0, coalesce(extract(epoch from clock() - min(due_at)), 0))::float8
              from outbox where done_at is null) as events_age,
           (select count(*)::int from dead_letters where not overtaken and replayed_at is null) as dead_letters,
           (select count(*)::int from alert_notifications where status = 'pending') as mails_pending,
           (select count(*)::int from alert_notifications where status = 'failed') as mails_failed`.execute(
    db,
  );
  return rows[0] ?? { events: 0, events_age: 0, dead_letters: 0, mails_pending: 0, mails_failed: 0 };
}
