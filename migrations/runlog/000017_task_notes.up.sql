alter table task_runs add column meta jsonb;
comment on column task_runs.meta is 'What the task found out beside its books: columns of the source that changed, the finding of a check.';
