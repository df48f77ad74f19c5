/** One turn of upkeep: as much as fits into a delivery; what is left is for the next minute. */
import type { Client } from 'pg';
import { BY_ITSELF } from '../audit/record.ts';
import { watchBackups } from '../backup/watch.ts';
import { connect } from '../db/connect.ts';
import type { Service } from '../http/service.ts';
import { measure } from './measure.ts';
import { instantBefore, purge } from './purge.ts';

const SECOND = 1000;
/** Well below the timeout of a delivery. */
const TURN = 15 * SECOND;

/** Purges all, or what is left of a day: what was not passed through within it, or only begun. */
export async function keepUp(service: Service, what: 'all' | 'left'): Promise<void> {
  const { runlog: db, log } = service;
  const since = await instantBefore(db, what === 'all' ? '0' : '24 hours');
  if (what === 'all') await measure(db);
  if (what === 'all')
    await watchBackups(service).catch((error) =>
      log.error({ error }, 'whether there are backups is not known'),
    );
  const report = await openReport(service);
  try {
    const { left, failed } = await purge({
      db,
      report,
      since,
      purger: { ...BY_ITSELF, why: 'older than it is kept' },
      signal: AbortSignal.any([service.draining, AbortSignal.timeout(TURN)]),
      onFailure: ({ of }, error) => log.error({ error, of }, 'what is too old could not be deleted'),
    });
    log.info({ left, failed }, 'upkeep took its turn');
  } finally {
    await report?.end().catch(() => {});
  }
}

/** What is kept in the report database waits while that is away. */
async function openReport({ config, log }: Service): Promise<Client | undefined> {
  if (!config.reportUrl) return undefined;
  try {
    return await connect(config.reportUrl, { name: 'kubescribe upkeep', statementTimeout: 5 * SECOND });
  } catch (error) {
    log.warn({ error }, 'the report database is away: its old rows stay for today');
    return undefined;
  }
}
