-- Roles belong to the whole server: other databases may use them. Here they lose what they had.
do $$
declare
  given record;
begin
  for given in
    select distinct kind, name, grantee::regrole as ours from (
      select 'table' as kind, oid::regclass::text as name, relacl as acl from pg_class
       where relnamespace = 'public'::regnamespace
      union all
      select 'routine', oid::regprocedure::text, proacl from pg_proc where pronamespace = 'public'::regnamespace
      union all
      select 'schema', 'public', nspacl from pg_namespace where nspname = 'public'
      union all
      select 'database', quote_ident(datname), datacl from pg_database where datname = current_database()
    ) objects, aclexplode(acl) where grantee in (select oid from pg_roles where rolname in (
      'kubescribe_reader', 'kubescribe_planner', 'kubescribe_writer', 'kubescribe_sweeper', 'kubescribe_notifier',
      'kubescribe_dead_letters', 'kubescribe_upkeep', 'kubescribe_migrator') and rolname <> current_user)
  loop
    execute format('revoke all on %s %s from %s', given.kind, given.name, given.ours);
  end loop;
  execute format('grant connect, temporary on database %I to public', current_database());
end $$;

drop procedure allow;
alter default privileges grant execute on routines to public;
grant usage on schema public to public;
grant execute on all routines in schema public to public;
