drop table operation_logs.data_quality_errors, operation_logs.dedup_conflicts, operation_logs.authority_conflicts,
           operation_logs.cast_errors, operation_logs.upsert_failures, operation_logs.concurrency_issues,
           operation_logs.pipeline_watermarks, operation_logs.backup_logs;
-- Where it belongs to whoever set the database up, it stays, empty.
do $$
begin
  drop schema operation_logs;
exception when insufficient_privilege then
  null;
end $$;
drop function drop_oldest_evidence_partition(text, boolean), ensure_evidence_partitions(integer);
drop table evidence_archives, evidence_sightings, evidence_identities;
delete from retention
 where of in ('data_quality_errors', 'dedup_conflicts', 'authority_conflicts', 'cast_errors', 'upsert_failures',
              'concurrency_issues', 'backup_logs', 'evidence_identities', 'quarantine');
alter table task_runs drop column warned, drop column quarantined;
alter table batch_books drop column warned, drop column quarantined, drop column warned_by;
