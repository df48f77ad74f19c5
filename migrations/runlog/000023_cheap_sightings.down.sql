drop trigger run_log_forget_sightings on run_log;
drop function forget_sightings;
delete from evidence_sightings seen
 where not exists (select from run_log where run_log.run_id = seen.run_id)
    or not exists (select from evidence_identities known where known.identity = seen.identity);
alter table evidence_sightings
  add constraint evidence_sightings_run_id_fkey foreign key (run_id) references run_log (run_id) on delete cascade,
  add constraint evidence_sightings_identity_fkey foreign key (identity) references evidence_identities (identity) on delete cascade;
