-- How much is kept of what a pipeline says, who may add a line, and what is not told again each time.

alter table pipelines add column log_level text check (log_level in ('debug', 'info', 'warn', 'error'));
comment on column pipelines.log_level is 'The least that is kept of what its runs log; null: info.';

-- Every function tells of itself, also those that else only read. Nobody changes a line.
call allow('reader', 'insert', 'logs');
call allow('reader', 'usage', 'sequence logs_id_seq');

create table last_told (
  what    text primary key check (length(what) <= 200),
  state   jsonb not null,
  told_at timestamptz not null default '-infinity',
  untold  integer not null default 0
);
comment on table last_told is 'What comes often and is told seldom, such as starts: as it was when it last came.';
comment on column last_told.untold is 'How often it came since it was told.';
call allow('reader', 'select', 'last_told');

-- Whether something that came again is to be told: when it is not as it was, or was not told for so long.
create function tell_now(of_what text, now_is jsonb, every interval)
returns table (tell boolean, was jsonb, untold integer)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  known last_told;
begin
  insert into last_told (what, state) values (of_what, now_is) on conflict do nothing;
  select * into known from last_told where what = of_what for update;
  tell := known.told_at <= clock() - every or known.state <> now_is;
  was := case when known.told_at > '-infinity' then known.state end;
  untold := known.untold;
  update last_told as l
     set state = now_is, told_at = case when tell then clock() else l.told_at end,
         untold = case when tell then 0 else l.untold + 1 end
   where l.what = of_what;
  return next;
end $$;
revoke execute on function tell_now from public;
call allow('reader', 'execute', 'function tell_now(text, jsonb, interval)');
