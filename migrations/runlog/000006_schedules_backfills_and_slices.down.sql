drop index outbox_open;
create index outbox_open on outbox (due_at) where done_at is null;
drop index run_requests_idempotency_key;
alter table run_requests add constraint run_requests_idempotency_key_key unique (idempotency_key);
alter table run_work reset (fillfactor);
create index run_work_lease on run_work (lease_until);
delete from alert_notifications where transition = 'paused';
alter table alert_notifications drop constraint alert_notifications_transition_check;
alter table alert_notifications add constraint alert_notifications_transition_check
  check (transition in ('failed', 'timed-out', 'blocked', 'recovered', 'missed'));
drop table run_slices;
alter table task_runs drop column attempt_since;
alter table run_work drop column failures, drop column queued_at, drop column cancel_by;
drop index run_requests_waiting, run_requests_backfill, run_requests_replays;
create index run_requests_waiting on run_requests (pipeline, lane, first desc, ordinal) where state = 'waiting';
alter table run_requests
  drop column wish_why, drop column range_from, drop column range_until, drop column resume_from,
  drop constraint run_requests_backfill_id_fkey;
drop table backfills;
drop table pauses;
drop index schedules_history;
alter table schedules
  drop column origin, drop column gap, drop column overlap, drop column closed_by, drop column close_why;
alter table pipelines drop column pause_after;
