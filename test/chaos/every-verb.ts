/** Ticks after a long silence, and every verb of the ledger: ask, cancel, replay, resume, backfill, pause, override. */
import { Client } from 'pg';
import * as z from 'zod';
import { openRunLog } from '../../lib/db/connect.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { declare } from '../../lib/requests/declare.ts';
import { pass } from '../setup/clock.ts';
import chores from './chores/chores.ts';
import type { Script, Stage, Urls } from './script.ts';

const HOUR = 3600;
const SCHEDULE = '/schedules/pipelines/chores/schedule';
/** Its file is gone and its schedule goes on. */
const leftBehind = pipeline('left-behind', {
  schedule: '0 * * * *',
  timezone: 'UTC',
  params: z.object({}),
  tasks: [task('nothing', async function* () {})],
});
const Run = z.object({ run_id: z.string() });

export const everyVerb: Script = {
  pipelines: new URL('./chores', import.meta.url).pathname,
  prepare,
  async play(stage) {
    const { runlog, tick, rest } = stage;
    await pass(runlog, '3 hours');
    await tick();
    const stumbling = await trigger(stage, 'stumbles', { stumble: true });
    const failing = await trigger(stage, 'fails', { fail: true });
    const unwanted = await trigger(stage, 'unwanted', {});
    await stage.ask(
      `/control-runs/runs/${unwanted}/cancel`,
      { why: 'not wanted' },
      { until: [200, 202, 409] },
    );
    await rest();
    await stage.ask(`/control-runs/runs/${stumbling}/replay`, {}, { key: 'replay', until: [202] });
    await stage.ask(`/control-runs/runs/${failing}/resume`, {}, { key: 'resume', until: [202] });
    await rest();
    const range = await runlog.query<{ from: string; until: string }>(
      `select to_json(date_trunc('hour', clock()) - interval '2 hours' - interval '1 minute') #>> '{}' as from,
              to_json(date_trunc('hour', clock()) + interval '1 minute') #>> '{}' as until`,
    );
    await stage.ask(
      '/backfills/backfills',
      { pipeline: 'chores', ...range.rows[0], reprocess: 'all', concurrency: 2 },
      { key: 'backfill', until: [201] },
    );
    await rest();
    await stage.ask('/schedules/pipelines/chores/pause', { why: 'holidays' }, { until: [200] });
    await pass(runlog, '2 hours');
    await tick();
    await stage.ask('/schedules/pipelines/chores/resume', {}, { until: [200] });
    await pass(runlog, '1 hour');
    await tick();
    await rest();
    const hourly = { cron: '15 * * * *', timezone: 'UTC', why: 'the feed is late' };
    await stage.ask(SCHEDULE, hourly, { method: 'PUT', until: [200] });
    await pass(runlog, '1 hour');
    await tick();
    await rest();
    await stage.ask(SCHEDULE, { why: 'it is not' }, { method: 'DELETE', until: [200] });
    await pass(runlog, '1 hour');
    await tick();
    while ((await runlog.query<{ left: boolean }>(LEFT)).rows[0]?.left) await stage.sweep();
  },
  async judge({ runlog, report }) {
    const { rows: requests } = await runlog.query<{ kind: string; ends: string }>(ENDS);
    const digest = requests.map(({ kind, ends }) => `${kind}: ${ends}`).join('; ');
    const done = await report.query<{ run_id: string; rows: number }>(
      'select run_id, count(*)::int as rows from chores_done group by 1',
    );
    const { rows: succeeded } = await runlog.query<{ run_id: string }>(
      `select run_id from run_log where status = 'SUCCESS'`,
    );
    const rowsOf = new Map(done.rows.map(({ run_id, rows }) => [run_id, rows]));
    const faults = [
      ...done.rows.filter(({ rows }) => rows > 1).map(({ run_id }) => `run ${run_id} wrote its row twice`),
      ...succeeded
        .filter(({ run_id }) => !rowsOf.has(run_id))
        .map(({ run_id }) => `run ${run_id} succeeded and wrote nothing`),
    ];
    return { faults, digest };
  },
};

/** What was asked for and how it ended; the one that is cancelled may have been quicker. */
const ENDS = `
  select concat_ws(' of ', kind, nullif(pipeline, 'chores')) as kind,
         string_agg(case when idempotency_key = 'unwanted' then 'cancelled or done'
                         else concat_ws(' ', state, why) end, ', ' order by slot, ordinal) as ends
    from run_requests
   group by pipeline, run_requests.kind order by pipeline, run_requests.kind`;

/** The slots that nobody can plan are written down by the sweep, once they are long over. */
const LEFT = `
  select max(slot) < date_trunc('hour', clock()) - interval '1 hour' is not false as left
    from run_requests where pipeline = 'left-behind'`;

async function prepare({ runlog, report }: Urls): Promise<void> {
  const reports = new Client({ connectionString: report });
  await reports.connect();
  await reports.query(
    'create table chores_done (run_id uuid, slot timestamptz, range_from timestamptz, range_until timestamptz)',
  );
  await reports.end();
  const ledger = new Client({ connectionString: runlog });
  await ledger.connect();
  // At half past the hour no slot is near.
  await pass(ledger, `${HOUR + HOUR / 2 - ((Date.now() / 1000) % HOUR)} seconds`);
  await ledger.end();
  const db = openRunLog(runlog, { name: 'every-verb' });
  await declare(db, [chores, leftBehind], 'local');
  await db.destroy();
}

async function trigger(stage: Stage, key: string, params: object): Promise<string> {
  const wish = { pipeline: 'chores', params };
  return Run.parse(await stage.ask('/trigger/runs/trigger', wish, { key, until: [202] })).run_id;
}
