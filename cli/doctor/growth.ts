/** Whether RunLog outgrows its limit, and whether what is too old is deleted. */
import type { Config } from '../../lib/config.ts';
import { type Db, openRunLog } from '../../lib/db/connect.ts';
import { DATABASE, readGrowth, type TableGrowth } from '../../lib/upkeep/measure.ts';
import { listRetention } from '../../lib/upkeep/retention.ts';
import { byteText } from '../byte-text.ts';
import { databaseUrl } from '../database-url.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const DAY = 86_400_000;
/** The daily tick, and a day on which it was lost. */
const OVERDUE = 2 * DAY;
/** Enough to order a disk. */
const SOON = 30;

/** Findings about size; none when RunLog cannot be read, which others tell. */
export async function checkGrowth(config: Config): Promise<Finding[]> {
  let db: Db | undefined;
  try {
    db = openRunLog(databaseUrl(config, 'runlog'), { name: 'kubescribe doctor' });
    const [growth, kept] = [await readGrowth(db), await listRetention(db)];
    const late = kept.filter(
      ({ days, passed_at, of }) =>
        days !== null && of !== 'report_commits' && Date.now() - passed_at.getTime() > OVERDUE,
    );
    const size = growth.find(({ table }) => table === DATABASE);
    return [...(size ? [sizeOf(size)] : []), ...(late.length > 0 ? [overdue(late.map(({ of }) => of))] : [])];
  } catch {
    return [];
  } finally {
    await db?.destroy().catch(() => {});
  }
}

function sizeOf({ bytes, bytes_per_day: daily, limit_bytes, days_to_limit: days }: TableGrowth): Finding {
  const grows =
    daily === null ? '' : `, ${daily < 0 ? 'shrinks' : 'grows'} by ${byteText(Math.abs(daily))} a day`;
  const size = `RunLog: ${byteText(bytes)}${grows}`;
  if (limit_bytes === null) return ok(size);
  const mend = 'give it a larger disk, or keep less: `npx kubescribe retention`';
  const limited = `${size}, of ${byteText(limit_bytes)}`;
  if (bytes >= limit_bytes) return fail(`${limited}: it is beyond its limit`, mend);
  return days !== null && days < SOON ? warn(`${limited}: full in ${days} days`, mend) : ok(limited);
}

const overdue = (kinds: readonly string[]) =>
  warn(
    `RunLog: what is too old has not been deleted for two days (${kinds.join(', ')})`,
    'see the log of upkeep; `npx kubescribe purge` does it now',
  );
