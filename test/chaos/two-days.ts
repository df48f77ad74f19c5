/** Two days of a schedule whose ticks get lost and doubled, on a clock that we move: every slot must be accounted for. */
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import * as z from 'zod';
import notify from '../../functions/notify.ts';
import runPipeline from '../../functions/run-pipeline.ts';
import sweep from '../../functions/sweep.ts';
import trigger from '../../functions/trigger.ts';
import { loadConfig } from '../../lib/config.ts';
import { type FunctionModule, router } from '../../lib/http/router.ts';
import { createService, type ServiceHandle } from '../../lib/http/service.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { declare } from '../../lib/requests/declare.ts';
import { startBroker } from '../setup/broker.ts';
import { pass } from '../setup/clock.ts';
import { tickEvent } from '../setup/tick.ts';
import { chance } from './chance.ts';

const MINUTE = 60;
const TWO_DAYS = 48 * 60 * MINUTE;
/** Of a hundred ticks, these get lost, and these come twice. */
const LOST = 30;
const DOUBLED = 30;

export type Making = {
  urls: { runlog: string; report: string };
  seed: number;
  /** Minutes between two slots; divides an hour. */
  every: number;
  misfire: 'last' | 'all';
};

export type TwoDays = { faults: string[]; slots: number; ran: number; missed: number; ticks: number };

/** Lets two days pass and says what is wrong with the calendar; nothing when all is well. */
export async function twoDays({ urls, seed, every, misfire }: Making): Promise<TwoDays> {
  const random = chance(seed);
  const scheduled = pipeline('sample', {
    schedule: `*/${every} * * * *`,
    timezone: 'UTC',
    misfire: { policy: misfire },
    params: z.strictObject({}),
    tasks: [task('nothing', async function* () {})],
  });
  const runlog = new Client({ connectionString: urls.runlog });
  await runlog.connect();
  let service: ServiceHandle;
  const broker = await startBroker((type) => {
    if (/run\.(requested|continue)$/.test(type)) return { functions: runPipeline, service };
    return type.startsWith('dev.kubescribe.') ? { functions: notify, service } : undefined;
  });
  service = createService(
    loadConfig({
      RUNLOG_DB_URL: urls.runlog,
      REPORT_DB_URL: urls.report,
      K_SINK: broker.url,
      LOG_LEVEL: 'silent',
    }),
    { pipelines: [scheduled] },
  );
  const quiet = async () => {
    while (broker.pending() > 0) await wait(2);
  };
  let ticks = 0;
  const tick = async (kind: 'schedule' | 'minute') => {
    const fate = random.between(1, 100);
    if (fate <= LOST) return;
    const copies = fate <= LOST + DOUBLED ? 2 : 1;
    ticks += copies;
    const functions: FunctionModule = kind === 'minute' ? sweep : trigger;
    const send = () => router(functions.routes, service)(tickEvent(kind));
    await Promise.all(Array.from({ length: copies }, send));
  };
  try {
    // A second after a slot: what is declared now begins with the next one.
    const { rows: first } = await runlog.query<{ left: string }>(
      `select ${every * MINUTE} - extract(epoch from clock())::numeric % ${every * MINUTE} + 1 as left`,
    );
    await pass(runlog, `${first[0]?.left} seconds`);
    await declare(service.runlog, [scheduled], 'local');
    const from = await now(runlog);
    for (let gone = 0; gone < TWO_DAYS; gone += every * MINUTE) {
      await pass(runlog, `${every} minutes`);
      await Promise.all([tick('schedule'), tick('minute')]);
      await quiet();
    }
    // The last tick may have been lost: one that comes accounts for all.
    await router(sweep.routes, service)(tickEvent('minute'));
    await quiet();
    const counted = await judge(runlog, { from, every });
    return { ...counted, ticks };
  } finally {
    await broker.stop();
    await service.drain(5000);
    await runlog.end();
  }
}

type Row = { slot: Date; requests: number; state: string; runs: number; told: number };

async function judge(runlog: Client, { from, every }: { from: Date; every: number }) {
  // What should be there is counted in whole steps of time, not by the code under test.
  const { rows } = await runlog.query<Row>(
    `with expected as (
       select slot from generate_series(date_trunc('hour', $1::timestamptz), clock(), $2 * interval '1 minute') slot
        where slot > $1)
     select slot, count(request.run_id)::int as requests, min(state) as state,
            count(run.run_id)::int as runs,
            (select count(*)::int from outbox where type ~ 'slot.missed$'
               and (data ->> 'slot')::timestamptz = slot) as told
       from expected left join run_requests request using (slot) left join run_log run using (run_id)
      group by slot order by slot`,
    [from, every],
  );
  const fault = ({ slot, requests, state, runs, told }: Row) => {
    const is = `${slot.toISOString()}: ${requests} requests, ${state}, ${runs} runs, told ${told} times`;
    if (requests !== 1) return is;
    if (state === 'ran') return runs === 1 && told === 0 ? undefined : is;
    return state === 'missed' && runs === 0 && told === 1 ? undefined : is;
  };
  const { rows: strangers } = await runlog.query(
    `select slot from run_requests where extract(epoch from slot)::bigint % ($1 * 60) <> 0 or slot <= $2`,
    [every, from],
  );
  const faults = rows.map(fault).filter((line) => line !== undefined);
  if (strangers.length > 0) faults.push(`${strangers.length} requests are of no slot`);
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  return { faults, slots: rows.length, ran: count('ran'), missed: count('missed') };
}

async function now(runlog: Client): Promise<Date> {
  const { rows } = await runlog.query<{ now: Date }>('select clock() as now');
  return rows[0]!.now;
}
