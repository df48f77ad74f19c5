/** What must be true of RunLog and the report database once everything is quiet, whatever was killed before. */
import type { Client } from 'pg';
import { EVIDENCE, evidenceDifferences, type Rule } from './evidence-invariants.ts';

const RUNLOG: Rule[] = [
  ['no request is left behind', `select run_id, state from run_requests where state in ('waiting', 'live')`],
  [
    'every request that ran has a run that ended',
    `select request.run_id, run.status from run_requests request left join run_log run using (run_id)
      where request.state = 'ran' and (run.status is null or run.status = 'STARTED')`,
  ],
  [
    'every run of ours belongs to a request that ran',
    `select run.run_id, request.state from run_log run left join run_requests request using (run_id)
      where run.meta ? 'kind' and request.state is distinct from 'ran'`,
  ],
  [
    'only workers that died, a cancel or a refusal end a run without success',
    `select run_id, error_code, error_message from run_log where status <> 'SUCCESS' and meta ? 'kind'
        and error_code not in ('WORKERS_DIED', 'CANCELLED', 'TOO_MANY_REJECTED')
        and error_message not like '%on purpose'`,
  ],
  ['no work is left', `select run_id, checkpoint, deaths, blocked_why from run_work`],
  ['no event is left to send', `select id, sends, due_at from outbox where done_at is null`],
  [
    'each run tells its end once',
    `select request.run_id, array_agg(outbox.type) from run_requests request
       left join outbox on outbox.run_id = request.run_id
        and outbox.type ~ 'run\\.(succeeded|failed|cancelled|timed-out)$'
      where request.state = 'ran' group by 1 having count(outbox.id) <> 1`,
  ],
  [
    'each run tells its start once at most',
    `select run_id from outbox where type ~ 'run.started$' group by 1 having count(*) > 1`,
  ],
  [
    'what was worked on an ended run was left',
    `select run_id, epoch from run_slices join run_log using (run_id) where left_at is null and status <> 'STARTED'`,
  ],
  [
    'no attempt is without a slice',
    `select run_id from run_slices group by 1 having count(distinct attempt) <> max(attempt)`,
  ],
  ['no task is left started', `select run_id, name from task_runs where status = 'STARTED'`],
  [
    'the books of every batch balance',
    `select run_id, task, batch from batch_books
      where read <> written + unchanged + deduped + rejected + failed and not aborted`,
  ],
  [
    "a task's books are the sum of its batches",
    `select task.run_id, task.name, task.read, sum(books.read) from task_runs task
       left join batch_books books on books.run_id = task.run_id and books.task = task.name and not aborted
      group by task.id
     having (coalesce(task.read, 0), coalesce(task.written, 0), coalesce(task.deduped, 0), coalesce(task.rejected, 0))
         is distinct from (coalesce(sum(books.read), 0), coalesce(sum(books.written), 0),
                           coalesce(sum(books.deduped), 0), coalesce(sum(books.rejected), 0))`,
  ],
  [
    'what was seen has one row, and each row was seen',
    `select known.class, known.identity, rows from evidence_identities known
       full join (select identity, count(*) as rows from (
         select identity from operation_logs.cast_errors
          union all select identity from operation_logs.data_quality_errors where rule is not null
          union all select identity from operation_logs.dedup_conflicts
          union all select identity from operation_logs.authority_conflicts
          union all select identity from operation_logs.upsert_failures
          union all select identity from operation_logs.concurrency_issues) told group by 1) told using (identity)
      where rows is distinct from 1 or known.identity is null`,
  ],
  [
    'a batch has seen why each of its rows was rejected, and is summed up once',
    `select books.run_id, books.task, books.batch, rejected, seen from batch_books books
      cross join lateral (
        select count(*) as seen from evidence_sightings sight join evidence_identities known using (identity)
         where (sight.run_id, sight.task, sight.batch) = (books.run_id, books.task, books.batch)
           and known.class in ('cast_errors', 'data_quality_errors')) sights
      where seen < rejected
         or exists (select from operation_logs.data_quality_errors sum
                     where (sum.run_id, sum.task, sum.batch) = (books.run_id, books.task, books.batch)
                       and sum.rule is null group by error_type having count(*) > 1)`,
  ],
  ...EVIDENCE,
  [
    'dead letters are only of events that were overtaken',
    'select event_id, reason from dead_letters where not overtaken',
  ],
];

const REPORT: Rule[] = [
  ['every batch was shipped', 'select run_id, task, batch from kubescribe.commits where not shipped'],
  [
    'batches of a task follow each other without a fork',
    `select commit_id, predecessor from (
       select *, coalesce(lag(commit_id) over (partition by scope, task order by commit_id), 0) as before
         from kubescribe.commits) chain where predecessor <> before`,
  ],
  [
    "a run's batches are numbered without a gap",
    `select run_id, task from kubescribe.commits group by 1, 2 having max(batch) <> count(*) or min(batch) <> 1`,
  ],
  ['no evidence waits', 'select commit_id, class from kubescribe.evidence'],
  ['no evidence waits', 'select commit_id, class from kubescribe.evidence'],
  ['no touched group waits', 'select key from kubescribe.touched_keys'],
  [
    'no staging table is left',
    `select relname from pg_class where relnamespace = 'kubescribe'::regnamespace
        and relkind = 'r' and relname ~ '^(stage|judged|taken|fresh)'`,
  ],
];

/** Every contradiction, as a line each; none when all is well. */
export async function violations(runlog: Client, report: Client): Promise<string[]> {
  const found: string[] = [];
  const check = async (client: Client, [sentence, sql]: Rule) => {
    const { rows } = await client.query(sql);
    if (rows.length > 0) found.push(`${sentence}: ${rows.length} not, such as ${JSON.stringify(rows[0])}`);
  };
  for (const rule of RUNLOG) await check(runlog, rule);
  for (const rule of REPORT) await check(report, rule);
  return [
    ...found,
    ...(await bookDifferences(runlog, report)),
    ...(await evidenceDifferences(runlog, report)),
    ...(await epochFaults(runlog, report)),
  ];
}

async function bookDifferences(runlog: Client, report: Client): Promise<string[]> {
  const columns = `run_id::text || ' ' || task || ' ' || batch as key`;
  const kept = await runlog.query<{ key: string; books: string }>(
    `select ${columns}, concat_ws(',', read, written, unchanged, deduped, rejected, failed) as books
       from batch_books where not aborted`,
  );
  const committed = await report.query<{ key: string; books: string }>(
    `select ${columns}, concat_ws(',', books ->> 'read', books ->> 'written', books ->> 'unchanged',
            books ->> 'deduped', books ->> 'rejected', books ->> 'failed') as books from kubescribe.commits`,
  );
  const left = new Map(kept.rows.map(({ key, books }) => [key, books]));
  const faults = committed.rows
    .filter(({ key, books }) => left.get(key) !== books)
    .map(({ key, books }) => `batch ${key} committed ${books}, RunLog has ${left.get(key) ?? 'nothing'}`);
  const known = new Set(committed.rows.map((row) => row.key));
  return [
    ...faults,
    ...kept.rows.filter(({ key }) => !known.has(key)).map(({ key }) => `batch ${key} was never committed`),
  ];
}

async function epochFaults(runlog: Client, report: Client): Promise<string[]> {
  const last = await runlog.query<{ last: string }>('select last_value::text as last from epochs');
  const { rows } = await report.query<{ scope: string; epoch: string }>(
    'select scope, epoch::text from kubescribe.fence',
  );
  return rows
    .filter(({ epoch }) => BigInt(epoch) > BigInt(last.rows[0]!.last))
    .map(({ scope, epoch }) => `the fence of ${scope} stands at ${epoch}, above every epoch given out`);
}
