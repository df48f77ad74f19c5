drop table kubescribe.reconciled;
alter table kubescribe.commits drop column since, drop column seen, drop column lag, drop column degraded, drop column reset;
