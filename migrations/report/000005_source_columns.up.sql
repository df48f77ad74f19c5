-- What the source of a table looked like when it was last read: a change is seen against this.

create table kubescribe.source_columns (
  target  text not null,
  source  text not null,
  columns jsonb not null,
  seen_at timestamptz not null default statement_timestamp(),
  primary key (target, source)
);
comment on table kubescribe.source_columns is 'The columns of each source as they were last read, and which were added to the target since.';
