-- A host is ready once the schema that its code was written for is there: it asks by this, and not for the history itself.

create function schema_version() returns text
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select max(version) from schema_migrations);
end $$;
comment on function schema_version() is 'The newest migration that was applied.';

revoke execute on function schema_version() from public;
call allow('reader', 'execute', 'function schema_version()');
