-- Runs that are worked on in Kubernetes Jobs.

alter table run_work add column job_epoch bigint;
comment on column run_work.job_epoch is 'The epoch by which the last Job was asked for, whose name ends with it; null: the last claim was a slice''s. Equal to epoch: no pod has taken it, the lease is the time that it has for that.';

create table abandoned_jobs (
  run_id uuid not null,
  epoch  bigint not null,
  since  timestamptz not null default clock(),
  primary key (run_id, epoch)
);
comment on table abandoned_jobs is 'Jobs whose work was taken from them; the sweep deletes what of them still runs, then the row.';

call allow('reader', 'select', 'abandoned_jobs');
call allow('writer', 'insert', 'abandoned_jobs');
call allow('sweeper', 'delete', 'abandoned_jobs');
