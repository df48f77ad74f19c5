-- What a caller was told the first time, told again to whoever repeats the question.

create table first_answers (
  idempotency_key text primary key,
  question        text not null,
  run_id          uuid references run_requests (run_id) on delete cascade,
  backfill_id     uuid references backfills (backfill_id) on delete cascade,
  subjects        uuid[],
  status          integer,
  location        text,
  body            text,
  asked_at        timestamptz not null default clock(),
  check (num_nonnulls(run_id, backfill_id) = 1),
  check ((status is null) = (body is null))
);
comment on table first_answers is 'One row for each Idempotency-Key; it lives as long as the run or backfill that was asked for.';
comment on column first_answers.question is 'A digest of what was asked: another question under the key is refused.';
comment on column first_answers.subjects is 'The runs that many were to be done to: whoever asks again goes on with the same ones.';
comment on column first_answers.status is 'Null: what was asked for is not done yet.';
create index first_answers_run on first_answers (run_id) where run_id is not null;
create index first_answers_backfill on first_answers (backfill_id) where backfill_id is not null;

call allow('reader', 'select', 'first_answers');
call allow('planner', 'insert, update', 'first_answers');
