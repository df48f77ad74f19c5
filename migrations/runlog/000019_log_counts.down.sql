drop table log_counts;
