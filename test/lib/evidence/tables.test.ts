import { expect } from 'vitest';
import { migrateUp, runlogMigrations } from '../../../lib/db/migrate.ts';
import { test, testOn16 } from '../../setup/fixtures.ts';

const promised: Record<string, string> = {
  data_quality_errors: 'error_id, symbol, ts, error_type, error_detail, log_time',
  dedup_conflicts: 'conflict_id, symbol, ts, existing_row, incoming_row, resolution, log_time',
  authority_conflicts: 'conflict_id, symbol, ts, source_a, source_b, preferred_source, log_time',
  cast_errors: 'error_id, symbol, column_name, raw_value, target_type, error_detail, log_time',
  upsert_failures: 'failure_id, table_name, symbol, ts, error_detail, log_time',
  concurrency_issues: 'issue_id, table_name, lock_type, pid, details, log_time',
  backup_logs: 'backup_id, backup_type, file_path, status, started_at, completed_at, log_time',
};

const byHand = `
create schema if not exists operation_logs;
insert into operation_logs.data_quality_errors (symbol, ts, error_type, error_detail)
  values ('BTC', now(), 'fractional_volume', 'volume 0.5');
insert into operation_logs.dedup_conflicts (symbol, ts, existing_row, incoming_row, resolution)
  values ('BTC', now(), '{"close": 1}', '{"close": 2}', 'kept existing');
insert into operation_logs.authority_conflicts (symbol, ts, source_a, source_b, preferred_source)
  values ('BTC', now(), 'primary', 'vendor_b', 'primary');
insert into operation_logs.cast_errors (symbol, column_name, raw_value, target_type, error_detail)
  values ('BTC', 'volume', 'n/a', 'numeric', 'invalid input syntax for type numeric: "n/a"');
insert into operation_logs.upsert_failures (table_name, symbol, ts, error_detail)
  values ('market_bars', 'BTC', now(), 'violates check constraint');
insert into operation_logs.concurrency_issues (table_name, lock_type, pid, details)
  values ('market_bars', 'ShareLock', 4711, 'deadlock detected');
insert into operation_logs.pipeline_watermarks (pipeline_name, last_processed_ts, status)
  values ('by-hand', now(), 'ok')
  on conflict (pipeline_name) do update set last_processed_ts = excluded.last_processed_ts, updated_at = now();
insert into operation_logs.backup_logs (backup_type, file_path, status, started_at, completed_at)
  values ('full', '/backups/one.sql', 'ok', now(), now());`;

for (const [server, on] of [
  ['PostgreSQL 18', test],
  ['PostgreSQL 16', testOn16],
] as const) {
  on(
    `rows of operation_logs can be written by their promised columns alone, on ${server}`,
    async ({ empty, connect }) => {
      await migrateUp(empty, runlogMigrations);
      const client = await connect(empty);

      await client.query(byHand);

      for (const [name, columns] of Object.entries(promised)) {
        const { rows } = await client.query(`select ${columns} from operation_logs.${name}`);
        expect(rows).toHaveLength(1);
        expect(rows[0].log_time).toBeInstanceOf(Date);
      }
      const { rows } = await client.query('select * from operation_logs.pipeline_watermarks');
      expect(rows).toMatchObject([{ pipeline_name: 'by-hand', status: 'ok', updated_at: expect.any(Date) }]);
    },
  );
}

test('the promised indexes are there, and each table with a log_time is cut by it', async ({
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  const { rows: indexes } = await client.query(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as says from pg_index
      where indexrelid::regclass::text ~ '^operation_logs.idx_' order by 1`,
  );
  const { rows: cut } = await client.query(
    `select relname as name, pg_get_partkeydef(oid) as by,
            (select pg_get_constraintdef(c.oid) from pg_constraint c where conrelid = pg_class.oid and contype = 'p') as key
       from pg_class where relkind = 'p' and relnamespace = 'operation_logs'::regnamespace`,
  );

  expect(indexes.map(({ name }) => name)).toEqual([
    'operation_logs.idx_dq_symbol_ts',
    'operation_logs.idx_upsert_symbol_ts',
    'operation_logs.idx_watermark_status',
  ]);
  expect(indexes.map(({ says }) => says.replace(/^.*using btree/i, ''))).toEqual([
    ' (symbol, ts)',
    ' (symbol, ts)',
    ' (status)',
  ]);
  expect(cut.map(({ name }) => name).sort()).toEqual(Object.keys(promised).sort());
  for (const { name, by, key } of cut) {
    expect(by).toBe('RANGE (log_time)');
    expect(key).toBe(`PRIMARY KEY (${promised[name]!.split(',')[0]}, log_time)`);
  }
});

test('months are made three ahead, once, and by whoever may write evidence', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  const parts = async () =>
    (
      await client.query(`select count(*)::int as parts from pg_inherits
                           where inhparent = 'operation_logs.cast_errors'::regclass`)
    ).rows[0].parts;
  expect(await parts()).toBe(4);

  await client.query(`insert into clock_shift (shift) values ('62 days')`);
  await client.query('set role kubescribe_writer');
  const { rows: first } = await client.query('select ensure_evidence_partitions() as made');
  const { rows: second } = await client.query('select ensure_evidence_partitions() as made');

  expect(first[0].made).toBeGreaterThanOrEqual(2 * 7);
  expect(second).toEqual([{ made: 0 }]);
});

test('what is in none of the seven classes is no data quality error', async ({ runlog, connect }) => {
  const client = await connect(runlog);

  await expect(
    client.query(`insert into operation_logs.data_quality_errors (error_type) values ('typo')`),
  ).rejects.toThrow(/error_type_check/);
});
