drop table log_writers;
