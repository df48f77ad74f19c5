-- What each kind of program may do: lib/roles/matrix.ts says the same. Whoever logs in is a member of one role and holds
-- no right of its own.

-- Roles belong to the whole server: another of its databases may have made them, or be making them now.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['reader', 'planner', 'writer', 'sweeper', 'notifier', 'dead_letters', 'upkeep', 'migrator'] loop
    begin
      if to_regrole('kubescribe_' || wanted) is null then
        execute format('create role %I nologin', 'kubescribe_' || wanted);
      end if;
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
exception when insufficient_privilege then
  raise notice 'this role may not make roles: an administrator runs "kubescribe roles"';
end $$;

do $$
declare
  family record;
begin
  for family in
    select 'kubescribe_' || child as child, 'kubescribe_' || parent as parent
      from (values ('planner', 'reader'), ('writer', 'planner'), ('sweeper', 'writer'), ('notifier', 'reader'),
                   ('dead_letters', 'reader'), ('upkeep', 'reader')) as families (child, parent)
     where to_regrole('kubescribe_' || child) is not null and to_regrole('kubescribe_' || parent) is not null
  loop
    begin
      if not exists (select from pg_auth_members
                      where member = to_regrole(family.child) and roleid = to_regrole(family.parent)) then
        execute format('grant %I to %I', family.parent, family.child);
      end if;
    -- Of two databases that say so at once one is told that the catalogue was changed under it.
    exception when unique_violation or internal_error then
      null;
    end;
  end loop;
exception when insufficient_privilege then
  raise notice 'this role may not make roles members: an administrator runs "kubescribe roles"';
end $$;

create procedure allow(role text, verbs text, variadic objects text[]) language plpgsql as $$
begin
  if to_regrole('kubescribe_' || role) is not null then
    execute format('grant %s on %s to %I', verbs, array_to_string(objects, ', '), 'kubescribe_' || role);
  end if;
end $$;
comment on procedure allow is 'Grants to a role of ours; where roles are made later, so is the grant.';

-- Nothing is for everybody, also not what later migrations make.
revoke all on schema public from public;
revoke execute on all routines in schema public from public;
alter default privileges revoke execute on routines from public;
do $$
begin
  execute format('revoke all on database %I from public', current_database());
  call allow('reader', 'connect', format('database %I', current_database()));
  call allow('migrator', 'connect, create, temporary', format('database %I', current_database()));
exception when insufficient_privilege then
  raise notice 'this role does not own the database: others may still connect to it';
end $$;

call allow('reader', 'usage', 'schema public');
call allow('migrator', 'usage, create', 'schema public');
call allow('reader', 'execute', 'function clock()');
call allow('reader', 'select', 'clock_shift', 'run_log', 'v_latest_runs', 'job_runs', 'task_runs', 'logs', 'pipelines',
           'schedules', 'pauses', 'backfills', 'run_requests', 'run_work', 'run_slices', 'batch_books', 'outbox',
           'dead_letters', 'alert_notifications', 'audit', 'audit_seals', 'audit_head', 'audit_anchors', 'retention',
           'table_sizes', 'table_limits');
call allow('planner', 'insert', 'run_log', 'audit');
call allow('planner', 'insert, update', 'pipelines', 'schedules', 'pauses', 'backfills', 'run_requests', 'run_work',
           'outbox');
call allow('writer', 'insert, update', 'task_runs', 'run_slices', 'batch_books');
call allow('writer', 'insert', 'logs');
call allow('writer', 'update', 'run_log');
call allow('writer', 'delete', 'run_work');
call allow('writer', 'usage', 'sequence epochs', 'logs_id_seq');
call allow('writer', 'select', 'sequence epochs');
call allow('writer', 'execute', 'function ensure_log_partitions');
call allow('sweeper', 'delete', 'outbox');
call allow('sweeper', 'execute', 'function seal_audit');
call allow('notifier', 'insert, update', 'alert_notifications', 'outbox');
call allow('dead_letters', 'insert, update', 'dead_letters');
call allow('dead_letters', 'insert', 'audit');
call allow('upkeep', 'insert', 'audit');
call allow('upkeep', 'update', 'retention');
call allow('upkeep', 'insert, update, delete', 'table_sizes', 'table_limits');
call allow('upkeep', 'delete', 'run_log', 'run_slices', 'batch_books', 'run_requests', 'backfills',
           'schedules', 'pauses', 'alert_notifications', 'dead_letters', 'outbox');
call allow('upkeep', 'execute', 'function forget_audit', 'drop_oldest_log_partition');
