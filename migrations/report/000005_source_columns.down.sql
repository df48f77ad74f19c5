drop table kubescribe.source_columns;
