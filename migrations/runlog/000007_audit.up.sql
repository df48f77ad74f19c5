-- Who intervened, from where, and why: rows that nobody changes, sealed into a chain of hashes.

create table audit (
  audit_id  bigint generated always as identity primary key,
  at        timestamptz not null default clock() check (isfinite(at)),
  actor     text not null,
  came_from text not null,
  action    text not null check (action ~ '^[a-z-]+\.[a-z-]+$'),
  subject   text not null,
  why       text,
  details   jsonb not null default '{}'
);
comment on table audit is 'Append-only: each intervention, written by the transaction that made it.';
comment on column audit.actor is 'A name that the door in front gave, or by which way an unnamed one came.';
create index audit_newest on audit (at desc, audit_id desc);
create index audit_subject on audit (subject, at desc, audit_id desc);
create index audit_actor on audit (actor, at desc, audit_id desc);
create index audit_action on audit (action, at desc, audit_id desc);

create table audit_seals (
  number    bigint primary key check (number > 0),
  audit_id  bigint not null unique,
  sealed_at timestamptz not null,
  looked_at timestamptz,
  hash      bytea not null check (octet_length(hash) = 32)
);
comment on table audit_seals is 'The chain: each seal covers a row and the seal before it, in the order in which rows were found.';
comment on column audit_seals.looked_at is 'When unsealed rows were looked for before: this one was not yet there. Null: never, or the clock has gone back.';

create table audit_head (
  singleton boolean primary key default true check (singleton),
  number    bigint not null,
  hash      bytea not null check (octet_length(hash) = 32),
  looked_at timestamptz
);
comment on table audit_head is 'Where the chain goes on: what lacks its end does not close up again.';
insert into audit_head (number, hash) values (0, sha256('KubeScribe audit 1'));

create table audit_anchors (
  number     bigint primary key,
  hash       bytea not null check (octet_length(hash) = 32),
  audit_id   bigint not null,
  removed    bigint not null,
  removed_at timestamptz not null default clock(),
  login      text not null default session_user
);
comment on table audit_anchors is 'Up to where retention has taken rows away, and with which hash the chain goes on; audit_id is the row that says so.';

-- The length of each part makes two rows with the same text impossible.
create function audit_part(value text) returns text language sql stable as $$
  select coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value, '-') || ','
$$;
create function audit_part(value timestamptz) returns text language sql stable as $$
  select audit_part((extract(epoch from value) * 1000000)::bigint::text)
$$;

create function audit_hash(previous bytea, seal audit_seals, entry audit) returns bytea language sql stable as $$
  select sha256(previous || convert_to(
    audit_part(seal.number::text) || audit_part(seal.sealed_at) || audit_part(seal.looked_at)
      || audit_part(entry.audit_id::text) || audit_part(entry.at) || audit_part(entry.actor)
      || audit_part(entry.came_from) || audit_part(entry.action) || audit_part(entry.subject)
      || audit_part(entry.why) || audit_part(entry.details::text), 'UTF8'))
$$;
comment on function audit_hash(bytea, audit_seals, audit) is 'lib/audit/hash.ts computes the same.';

-- Seals what is there and has no seal yet. Who commits late gets a later seal, whatever the row's id; it is looked for
-- among those that were sealed with the last 100,000.
create function seal_audit(most integer default 10000, out sealed integer, out number bigint, out hash text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  head   audit_head;
  seal   audit_seals;
  entry  audit;
  since  bigint;
begin
  select * into strict head from audit_head for update;
  -- Not when the statement began: it may have waited for another sealer.
  seal.sealed_at := clock() + (clock_timestamp() - statement_timestamp());
  seal.looked_at := case when head.looked_at <= seal.sealed_at then head.looked_at end;
  since := coalesce((select s.audit_id from audit_seals s where s.number = head.number - 100000), 0);
  sealed := 0;
  for entry in
    select a.* from audit a
     where a.audit_id > since
       and not exists (select from audit_seals s where s.audit_id = a.audit_id and s.audit_id > since)
     order by a.audit_id limit most
  loop
    head.number := head.number + 1;
    seal.number := head.number;
    seal.audit_id := entry.audit_id;
    seal.hash := audit_hash(head.hash, seal, entry);
    head.hash := seal.hash;
    insert into audit_seals select seal.*;
    sealed := sealed + 1;
  end loop;
  -- What is left of many was there already: it has not been overlooked.
  update audit_head set number = head.number, hash = head.hash,
         looked_at = case when sealed < most then seal.sealed_at else seal.looked_at end;
  number := head.number;
  hash := encode(head.hash, 'hex');
end $$;

-- Takes the oldest rows away, as many as `most`, and leaves an anchor and a row that says so; returns how many went.
create function forget_audit(older interval, who text, came_from text, why text, most integer default 10000)
returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
  last   audit_seals;
  gone   bigint;
  signed bigint;
begin
  if older is null or clock() - older > clock() - interval '1 year' then
    raise exception 'rows of the audit stay for 1 year at least' using errcode = 'restrict_violation';
  end if;
  perform from audit_head for update;
  with oldest as (
    select * from audit_seals s order by s.number limit most),
  young as (
    select min(number) as number from oldest where sealed_at > clock() - older)
  select o.* into last from oldest o, young where o.number < coalesce(young.number, o.number + 1)
   order by o.number desc limit 1;
  if last.number is null then return 0; end if;
  select count(*) into gone from audit_seals s where s.number <= last.number;
  insert into audit (actor, came_from, action, subject, why, details)
  values (who, forget_audit.came_from, 'audit.forget', 'audit', forget_audit.why, jsonb_build_object(
            'number', last.number, 'hash', encode(last.hash, 'hex'), 'removed', gone))
  returning audit_id into signed;
  insert into audit_anchors (number, hash, audit_id, removed) values (last.number, last.hash, signed, gone);
  delete from audit a using audit_seals s where s.audit_id = a.audit_id and s.number <= last.number;
  delete from audit_seals s where s.number <= last.number;
  return gone;
end $$;

revoke execute on function seal_audit, forget_audit from public;

-- For everybody, also the owner: what the functions above do is all that may be done. Their names are looked up here, not
-- where the caller pleases.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception '% only grows: % is refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;

create function keep_audit() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from audit_seals s
              where s.audit_id = old.audit_id and s.number <= (select max(number) from audit_anchors)) then
    return old;
  end if;
  raise exception 'audit only grows: delete is refused' using errcode = 'restrict_violation';
end $$;

create function keep_audit_seals() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.number <= (select max(number) from audit_anchors)
     and not exists (select from audit where audit_id = old.audit_id) then
    return old;
  end if;
  raise exception 'audit_seals only grows: delete is refused' using errcode = 'restrict_violation';
end $$;

create function check_audit_anchor() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from audit_seals s where s.number = new.number and s.hash = new.hash)
     and not exists (select from audit_seals s
                      where s.number <= new.number and s.sealed_at > clock() - interval '1 year') then
    return new;
  end if;
  raise exception 'an anchor stands at a seal, and above nothing younger than 1 year'
    using errcode = 'restrict_violation';
end $$;

create function keep_audit_head() returns trigger language plpgsql as $$
begin
  if new.number >= old.number then return new; end if;
  raise exception 'the audit''s chain does not go back' using errcode = 'restrict_violation';
end $$;

create trigger audit_only_grows before update or truncate on audit
  for each statement execute function refuse_audit_change();
create trigger audit_stays before delete on audit for each row execute function keep_audit();
create trigger audit_seals_only_grow before update or truncate on audit_seals
  for each statement execute function refuse_audit_change();
create trigger audit_seals_stay before delete on audit_seals for each row execute function keep_audit_seals();
create trigger audit_anchors_only_grow before update or delete or truncate on audit_anchors
  for each statement execute function refuse_audit_change();
create trigger audit_anchors_are_old before insert on audit_anchors
  for each row execute function check_audit_anchor();
create trigger audit_head_stays before delete or truncate on audit_head
  for each statement execute function refuse_audit_change();
create trigger audit_head_goes_on before update on audit_head for each row execute function keep_audit_head();

-- Also for who replays changes, which leaves ordinary triggers out.
alter table audit enable always trigger audit_only_grows, enable always trigger audit_stays;
alter table audit_seals enable always trigger audit_seals_only_grow, enable always trigger audit_seals_stay;
alter table audit_anchors enable always trigger audit_anchors_only_grow,
  enable always trigger audit_anchors_are_old;
alter table audit_head enable always trigger audit_head_stays, enable always trigger audit_head_goes_on;
