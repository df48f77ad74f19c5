/** When the last backup was made that is known to be good. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';

/** Until a backup says otherwise, the next one is expected within this. */
export const WITHIN_HOURS = 48;

export type Newest = {
  /** Whether anybody has ever made one. */
  made: boolean;
  /** The newest that was restored and compared: which, and how long ago it was made. */
  verified: { path: string; age_h: number } | undefined;
  failed: string | undefined;
  within_h: number;
};

/** Reads it from the steps that were recorded. */
export async function newestBackup(db: Db): Promise<Newest> {
  const { rows } = await sql<{
    made: boolean;
    path: string | null;
    age_h: number | null;
    failed: string | null;
    within_h: number | null;
  }>`
    with steps as (
      select backup_type, file_path, status, started_at, details, error_detail
        from operation_logs.backup_logs where backup_type in ('backup', 'verify')),
    last as (
      select * from steps where status <> 'STARTED' order by started_at desc limit 1),
    good as (
      select made.file_path, made.started_at
        from steps made join steps tried using (file_path)
       where made.backup_type = 'backup' and made.status = 'SUCCESS'
         and tried.backup_type = 'verify' and tried.status = 'SUCCESS'
       order by made.started_at desc limit 1)
    select exists (select from steps) as made,
           (select file_path from good) as path,
           (select extract(epoch from clock() - started_at)::float8 / 3600 from good) as age_h,
           (select error_detail from last where status = 'ERROR') as failed,
           (select (details ->> 'within_h')::float8 from steps
             where backup_type = 'backup' and details ? 'within_h' order by started_at desc limit 1) as within_h
  `.execute(db);
  const { made, path, age_h, failed, within_h } = rows[0]!;
  return {
    made,
    verified: path !== null && age_h !== null ? { path, age_h } : undefined,
    failed: failed ?? undefined,
    within_h: within_h ?? WITHIN_HOURS,
  };
}

/** Whether somebody should be told: there are backups, and none that is known to be good is young enough. */
export const isOverdue = ({ made, verified, within_h }: Newest) =>
  made && (verified === undefined || verified.age_h > within_h);
