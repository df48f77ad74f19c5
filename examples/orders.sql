-- What the pipeline writes in the report database; `npx kubescribe pipeline check` prints it, too.
create table countries (code text primary key);
create table orders (
  number text primary key,
  ordered_at timestamptz,
  country text not null,
  amount numeric not null,
  email text,
  deleted_at timestamptz,
  -- Where the row comes from; every table that is ingested into has these four.
  ks_rank int not null,
  ks_received_at timestamptz not null,
  ks_source_id bigint not null,
  ks_commit bigint not null
);
create table revenue (day date, country text, amount numeric, orders int, primary key (day, country));
