/** The kinds of records that are kept for a time, in the order in which they go. */
import type { Client } from 'pg';
import type { Db } from '../db/connect.ts';
import { type EvidenceTable, evidenceTables, walkEvidenceMonths, walkIdentities } from './evidence-months.ts';
import { walkBackfills, walkPauses, walkSchedules } from './history.ts';
import { walkLogDays } from './log-days.ts';
import { walkAudit, walkDeadLetters, walkNotifications, walkOutbox, walkSizes } from './notices.ts';
import { walkQuarantine } from './quarantine.ts';
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

const evidenceSays: Record<EvidenceTable, string> = {
  data_quality_errors: 'rows that broke a rule, by whole months',
  dedup_conflicts: 'rows that said different things of one key, by whole months',
  authority_conflicts: 'sources that disagreed, by whole months',
  cast_errors: 'values that could not be read, by whole months',
  upsert_failures: 'rows that a target refused, by whole months',
  concurrency_issues: 'locks and deadlocks met, by whole months',
  backup_logs: 'backups that were made, by whole months',
};

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
    of: 'quarantine',
    table: 'kubescribe.quarantine',
    says: 'rows kept out of their target, in the report database',
    walkReport: walkQuarantine,
  },
  ...evidenceTables.map((of) => ({
    of,
    table: `operation_logs.${of}`,
    says: evidenceSays[of],
    walk: walkEvidenceMonths(of),
  })),
  {
    of: 'evidence_identities',
    table: 'evidence_identities',
    says: 'what was seen, once its row and its runs are gone',
    walk: walkIdentities,
  },
  {
    of: 'audit',
    table: 'audit',
    says: 'who intervened, as far as it is sealed',
    walk: walkAudit,
  },
  { of: 'table_sizes', table: 'table_sizes', says: 'how large tables were', walk: walkSizes },
];
