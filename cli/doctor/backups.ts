/** Whether RunLog could be had back. */
import { isOverdue, type Newest, newestBackup } from '../../lib/backup/newest.ts';
import type { Config } from '../../lib/config.ts';
import { type Db, openRunLog } from '../../lib/db/connect.ts';
import { databaseUrl, givenUrl } from '../database-url.ts';
import { duration } from '../time-text.ts';
import { type Finding, ok, warn } from './finding.ts';

const HOUR = 3_600_000;
const MAKE = '`npx kubescribe backup --dir FOLDER --verify`';

/** What is known of backups; nothing when RunLog cannot be read, which others tell, or is one of `make run` without any. */
export async function checkBackups(config: Config): Promise<Finding[]> {
  let db: Db | undefined;
  try {
    db = openRunLog(databaseUrl(config, 'runlog'), { name: 'kubescribe doctor', max: 1 });
    const newest = await newestBackup(db);
    return newest.made || givenUrl(config, 'runlog') ? [findingOf(newest)] : [];
  } catch {
    return [];
  } finally {
    await db?.destroy().catch(() => {});
  }
}

function findingOf(newest: Newest): Finding {
  const { made, verified, failed, within_h } = newest;
  if (!made) return warn('RunLog: no backup was ever made', `${MAKE}, each day: docs/backups.md`);
  const why = failed ? `; the last attempt failed: ${failed}` : '';
  if (!verified) return warn(`RunLog: no backup is known to be good${why}`, MAKE);
  const age = `the last backup that was verified is ${duration(verified.age_h * HOUR)} old`;
  if (isOverdue(newest)) return warn(`RunLog: ${age}, of ${within_h} hours at most${why}`, MAKE);
  return failed
    ? warn(`RunLog: ${age}${why}`, 'see what stands in its way')
    : ok(`RunLog: ${age} (${verified.path})`);
}
