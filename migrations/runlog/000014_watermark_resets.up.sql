-- The wish that a pipeline reads everything again: carried out by its next run, known to be done by its commit rows.

alter table pipelines
  add column watermark_reset    uuid,
  add column watermark_reset_at timestamptz;
comment on column pipelines.watermark_reset is 'The last wish to read everything again; who wished it and why is in the audit.';
