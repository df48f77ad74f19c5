-- What a caller was told the first time, told again to whoever repeats the question.

alter table run_requests add column first_answer jsonb;
comment on column run_requests.first_answer is 'What the first request with its idempotency key was answered.';
