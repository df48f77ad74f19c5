alter table pipelines drop column watermark_reset, drop column watermark_reset_at;
