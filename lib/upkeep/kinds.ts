/** The kinds of records that are kept for a time, in the order in which they go. */
import type { Client } from 'pg';
import type { Db } from '../db/connect.ts';
import { walkBackfills, walkPauses, walkSchedules } from './history.ts';
import { walkLogDays } from './log-days.ts';
import { walkAudit, walkDeadLetters, walkNotifications, walkOutbox, walkSizes } from './notices.ts';
import { walkReport } from './report.ts';
import { walkRequests } from './requests.ts';
import { walkDetails, walkForeignRuns, walkRuns } from './runs.ts';
import type { Page, Walk, Walked } from './walk.ts';

export type Kind = {
  /** The name of its row in `retention`. */
  of: string;
  /** The table whose rows are counted. */
  table: string;
  says: string;
  /** What "for ever" means where it is not that. */
  unset?: string;
} & ({ walk: Walk } | { walkReport(db: Db, page: Page, report: Client): Promise<Walked> });

const WITH_RUN = 'as long as its run';

export const kinds: readonly Kind[] = [
  { of: 'logs', table: 'logs', says: 'lines of the log, by whole days', walk: walkLogDays },
  {
    of: 'run_slices',
    table: 'run_slices',
    says: 'who worked on a run when',
    unset: WITH_RUN,
    walk: walkDetails('run_slices'),
  },
  {
    of: 'batch_books',
    table: 'batch_books',
    says: 'the books of each batch',
    unset: WITH_RUN,
    walk: walkDetails('batch_books'),
  },
  { of: 'runs', table: 'run_log', says: 'runs, with their tasks, slices, books and keys', walk: walkRuns },
  {
    of: 'foreign_runs',
    table: 'run_log',
    says: 'runs that other programs recorded',
    walk: walkForeignRuns,
  },
  { of: 'requests', table: 'run_requests', says: 'the calendar: what became of slots', walk: walkRequests },
  { of: 'backfills', table: 'backfills', says: 'ranges asked for again', walk: walkBackfills },
  { of: 'pauses', table: 'pauses', says: 'pauses that are over', walk: walkPauses },
  { of: 'schedules', table: 'schedules', says: 'schedules that are over', walk: walkSchedules },
  {
    of: 'alert_notifications',
    table: 'alert_notifications',
    says: 'who was told what',
    walk: walkNotifications,
  },
  { of: 'dead_letters', table: 'dead_letters', says: 'events that nobody could take', walk: walkDeadLetters },
  { of: 'outbox', table: 'outbox', says: 'events that are done', walk: walkOutbox },
  {
    of: 'report_commits',
    table: 'kubescribe.commits',
    says: 'rows of commits, and fences, in the report database',
    walkReport,
  },
  {
    of: 'audit',
    table: 'audit',
    says: 'who intervened, as far as it is sealed',
    walk: walkAudit,
  },
  { of: 'table_sizes', table: 'table_sizes', says: 'how large tables were', walk: walkSizes },
];
