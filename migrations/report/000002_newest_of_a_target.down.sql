drop index kubescribe.commits_newest;
alter table kubescribe.commits drop column target;
