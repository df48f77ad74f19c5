-- How far into its source a table was written, by whatever scope: who reads an older state of it writes nothing.

alter table kubescribe.commits add column target text;
comment on column kubescribe.commits.target is 'The table that the batch wrote; null: it was written before this was kept.';
create index commits_newest on kubescribe.commits (target, source_identity, horizon);
