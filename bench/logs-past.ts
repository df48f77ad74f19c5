/** A log with a long past: a month of days, one run that said much, many that said little, few lines of the system. */
import { migrateUp, runlogMigrations } from '../lib/db/migrate.ts';
import type { LocalPostgres } from '../local/postgres.ts';

/** As many as are kept. */
const DAYS = 30;
/** It said half of all in the second half of the time. */
export const LARGE_RUN = '00000000-0000-4000-8000-000000000001';

/** Makes it by one statement, the newest line of now. */
export async function makeLogsPast(server: LocalPostgres, database: string, lines: number): Promise<string> {
  await server.admin(`create database ${database}`);
  await migrateUp(server.url(database), runlogMigrations);
  await server.admin(
    `do $$
     declare day date := (now() at time zone 'UTC')::date - ${DAYS};
     begin
       while day < (now() at time zone 'UTC')::date - 1 loop
         execute format('create table %I partition of logs for values from (%L) to (%L)',
                        'logs_' || to_char(day, 'YYYYMMDD'), day, day + 1);
         day := day + 1;
       end loop;
     end $$`,
    database,
  );
  await server.admin(
    `set session_replication_role = replica;
     insert into logs (type, job_run_id, task_run_id, timestamp, level, stream, message, metadata, attempt, epoch)
     select type, case when type <> 'system' then run end, case when type = 'task' then task end, at,
            case when n % 1000 = 7 then 'error' when n % 500 = 9 then 'warn' when n % 10 = 0 then 'debug' else 'info' end,
            case when n % 11 = 0 then 'stderr' else 'stdout' end,
            'Batch ' || n || ' took ' || n % 5000 || ' ms and wrote ' || n % 7919 || ' rows of orders',
            case when n % 3 = 0 then jsonb_build_object('rows', n % 7919) end, 1, n / 1000
       from (select n, case when n % 50 = 0 then 'system' when n % 10 = 1 then 'job' else 'task' end as type,
                    case when n > ${lines} / 2 and n % 2 = 0 then '${LARGE_RUN}'::uuid
                         else ('00000000-0000-4000-9000-' || lpad((n / 300)::text, 12, '0'))::uuid end as run,
                    ('00000000-0000-4000-a000-' || lpad((n / 100)::text, 12, '0'))::uuid as task,
                    now() at time zone 'UTC' - (${lines} - n) * (interval '${DAYS} days' / ${lines}) as at
               from generate_series(1, ${lines}) n) past`,
    database,
  );
  await server.admin('vacuum (analyze, parallel 0) logs', database);
  return server.url(database);
}
