-- How long each table is kept.

create table retention (
  of   text primary key,
  keep interval not null check (keep > interval '0')
);
comment on table retention is 'What is older goes, a little at a time, at the daily tick.';
insert into retention values ('runs', '120 days');
