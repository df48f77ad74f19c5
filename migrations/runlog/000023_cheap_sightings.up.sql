-- Each sight was looked up twice by its references, which took as long as to write it. What they kept holds without them: one
-- statement writes an identity and its sights, and only upkeep removes identities (those that nothing has seen) and runs.
alter table evidence_sightings
  drop constraint evidence_sightings_run_id_fkey,
  drop constraint evidence_sightings_identity_fkey;

create function forget_sightings() returns trigger language plpgsql as $$
begin
  delete from evidence_sightings where run_id in (select run_id from gone);
  return null;
end $$;
create trigger run_log_forget_sightings after delete on run_log
  referencing old table as gone for each statement execute function forget_sightings();

revoke execute on function forget_sightings from public;
