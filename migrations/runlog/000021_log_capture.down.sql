drop function tell_now(text, jsonb, interval);
drop table last_told;
do $$
begin
  if to_regrole('kubescribe_reader') is not null then
    revoke insert on logs from kubescribe_reader;
    revoke usage on sequence logs_id_seq from kubescribe_reader;
  end if;
end $$;
alter table pipelines drop column log_level;
