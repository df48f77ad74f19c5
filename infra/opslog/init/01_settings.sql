-- Printed queries compare logs.timestamp, which has no zone, with now(): every session of this database is in UTC.
do $$
begin
  execute format('alter database %I set timezone to %L', current_database(), 'UTC');
end $$;
