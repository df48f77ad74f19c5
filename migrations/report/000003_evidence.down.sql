alter table kubescribe.commits drop column as_of;
drop table kubescribe.quarantine, kubescribe.evidence;
