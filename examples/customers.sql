create table customers (id bigint primary key, email text, country text, last_seen timestamptz);
create table active_customers (country text, customers bigint);
