/** One turn of upkeep: as much as fits into a delivery; what is left is for the next minute. */
import type { Client } from 'pg';
import { archiveDue } from '../archive/archive.ts';
import { BY_ITSELF } from '../audit/record.ts';
import { openSession } from '../backup/session.ts';
import { watchBackups } from '../backup/watch.ts';
import { connect } from '../db/connect.ts';
import type { Service } from '../http/service.ts';
import { measure } from './measure.ts';
import { instantBefore, purge } from './purge.ts';

const SECOND = 1000;
/** Well below the timeout of a delivery. */
const TURN = 15 * SECOND;
/** What takes longer is for `kubescribe archive`. */
const WRITING = 10 * SECOND;

/** Purges all, or what is left of a day: what was not passed through within it, or only begun. */
export async function keepUp(service: Service, what: 'all' | 'left'): Promise<void> {
  const { runlog: db, log } = service;
  const since = await instantBefore(db, what === 'all' ? '0' : '24 hours');
  if (what === 'all') await measure(db);
  if (what === 'all')
    await watchBackups(service).catch((error) =>
      log.error({ error }, 'whether there are backups is not known'),
    );
  await archive(service);
  const report = await openReport(service);
  try {
    const { left, failed } = await purge({
      db,
      report,
      since,
      archived: service.config.archive !== undefined,
      purger: { ...BY_ITSELF, why: 'older than it is kept' },
      signal: AbortSignal.any([service.draining, AbortSignal.timeout(TURN)]),
      onFailure: ({ of }, error) => log.error({ error, of }, 'what is too old could not be deleted'),
    });
    log.info({ left, failed }, 'upkeep took its turn');
  } finally {
    await report?.end().catch(() => {});
  }
}

/** Months of evidence are in files before they are deleted; what cannot be written stays for today. */
async function archive({ config, log, draining }: Service): Promise<void> {
  if (!config.archive) return;
  const signal = AbortSignal.any([draining, AbortSignal.timeout(WRITING)]);
  try {
    const client = await openSession(config.runlogUrl!, 'kubescribe archive');
    try {
      for await (const { part, rows } of archiveDue(client, config.archive, signal))
        log.info({ part, rows }, 'a month of evidence is in a file');
    } finally {
      await client.end().catch(() => {});
    }
  } catch (error) {
    log.error({ error }, 'months of evidence could not be archived: they stay');
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
