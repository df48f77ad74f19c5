-- What each kind of program may do. Whoever logs in is a member of one of these and holds no right of its own.

do $$
declare
  wanted text;
begin
  foreach wanted in array array['kubescribe_reader', 'kubescribe_writer', 'kubescribe_migrator'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;
exception
  when duplicate_object or unique_violation then
    raise notice 'the roles are just being made for another database of this server';
  when insufficient_privilege then
    raise notice 'this role may not make roles: an administrator runs "kubescribe roles"';
end $$;
