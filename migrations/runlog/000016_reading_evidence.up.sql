-- What people ask evidence for, each in the order of the list: of a symbol, of a pipeline.

create index data_quality_errors_symbol on operation_logs.data_quality_errors (symbol, log_time desc, error_id desc);
create index dedup_conflicts_symbol on operation_logs.dedup_conflicts (symbol, log_time desc, conflict_id desc);
create index authority_conflicts_symbol on operation_logs.authority_conflicts (symbol, log_time desc, conflict_id desc);
create index cast_errors_symbol on operation_logs.cast_errors (symbol, log_time desc, error_id desc);
create index upsert_failures_symbol on operation_logs.upsert_failures (symbol, log_time desc, failure_id desc);
create index data_quality_errors_pipeline on operation_logs.data_quality_errors (pipeline, log_time desc, error_id desc);
create index dedup_conflicts_pipeline on operation_logs.dedup_conflicts (pipeline, log_time desc, conflict_id desc);
create index authority_conflicts_pipeline on operation_logs.authority_conflicts (pipeline, log_time desc, conflict_id desc);
create index cast_errors_pipeline on operation_logs.cast_errors (pipeline, log_time desc, error_id desc);
create index upsert_failures_pipeline on operation_logs.upsert_failures (pipeline, log_time desc, failure_id desc);
create index concurrency_issues_pipeline on operation_logs.concurrency_issues (pipeline, log_time desc, issue_id desc);
