drop statistics run_log_words;
drop index run_log_meta, run_log_tags, run_log_words, run_log_errors, run_log_component_facets, run_log_facets;
create index run_log_status on run_log (status, started_at desc, run_id desc) where status <> 'SUCCESS';
alter table run_requests drop column tags;
alter table run_log drop column tags;
