/** As if upkeep had not been for a week: no day of the log has room for a line. */
export const DROP_DAYS = `do $$ declare part regclass; begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = 'logs'::regclass loop
    execute format('drop table %s', part);
  end loop; end $$`;
