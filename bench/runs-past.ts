/** A ledger with a long past: frequent, rare, old and absent values of every column. */
import { sql } from 'kysely';
import type { Db } from '../lib/db/connect.ts';
import { migrateUp, runlogMigrations } from '../lib/db/migrate.ts';
import type { RunPlace } from '../lib/ledger/run-order.ts';
import type { LocalPostgres } from '../local/postgres.ts';

/** From one run to the next. */
const STEP = '1.1 seconds';

/** Makes it by one statement, the newest run of now. */
export async function makeRunsPast(server: LocalPostgres, database: string, runs: number): Promise<string> {
  await server.admin(`create database ${database}`);
  await migrateUp(server.url(database), runlogMigrations);
  await server.admin(
    `set session_replication_role = replica;
     insert into run_log (status, started_at, finished_at, component, trigger, source, error_code, error_message, meta, tags)
     select status::run_status, at, at + (1 + n % 90) * interval '1 second', component, trigger, source,
            case status when 'ERROR' then 'E_' || n % 40 when 'TIMEOUT' then 'TIMEOUT' end,
            case status when 'ERROR' then 'Source table orders_' || n % 1000 || ' could not be read: connection reset by peer'
                        when 'TIMEOUT' then 'It took longer than 3600 s' end,
            jsonb_build_object('kind', case when n % 50 = 0 then 'person' else 'slot' end, 'slot', at, 'attempts', 1,
              'params', jsonb_build_object('symbol', 'S' || n % 5000), 'read', n % 7919, 'written', n % 7907),
            case when n % 3 = 0 then array['nightly', 'team-' || n % 20] else '{}' end
       from (select n, now() - (${runs} - n) * interval '${STEP}' as at,
                    case when n % 500000 = 7 then 'rare-one' else 'pipeline-' || n % 200 end as component,
                    case when n % 33 = 0 then 'ERROR' when n % 201 = 0 then 'TIMEOUT'
                         when n % 207 = 0 and n < ${runs} / 5 then 'CANCELLED' else 'SUCCESS' end as status,
                    case when n % 53 = 0 then 'api' when n % 100003 = 0 then 'manual'
                         when n % 77777 = 0 then null else 'cron' end as trigger,
                    case when n % 101 = 0 then 'local' when n % 200003 = 0 and n < ${runs} / 2 then 'ci'
                         else 'k8s' end as source
               from generate_series(1, ${runs}) n) past`,
    database,
  );
  await server.admin('vacuum (analyze, parallel 0) run_log', database);
  return server.url(database);
}

/** The place in the list behind so many runs. */
export async function placeAt(db: Db, depth: number): Promise<RunPlace> {
  const { rows } = await sql<{ at: string; run_id: string }>`
    select to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, run_id
      from run_log where started_at <= (select max(started_at) from run_log) - ${depth} * interval '${sql.raw(STEP)}'
     order by started_at desc, run_id desc limit 1`.execute(db);
  return rows[0] && { way: '<', key: [rows[0].at, rows[0].run_id] };
}
