/** Who logs in: a login for each class of rights, and what its sessions begin with. */
import { PRODUCTION_GROUP, REPORT_GROUP, REPORT_MIGRATOR_GROUP, REPORT_READER_GROUP } from './declared.ts';
import { groupOf, type Role } from './matrix.ts';

export type Database = 'runlog' | 'report' | 'prod';

export type Login = {
  name: string;
  /** The Kubernetes Secret that holds its URL. */
  secret: string;
  group: string;
  database: Database;
  /** Connections at most: twice what its pods have when all of them run, for a roll-out has both generations. */
  connections: number;
  settings: Record<string, string>;
};

/** A session that somebody forgot holds no lock for long, and waits for none; who connects may choose otherwise. */
const EVERY = {
  idle_in_transaction_session_timeout: '15s',
  lock_timeout: '2s',
  search_path: 'public',
  timezone: 'UTC',
};
const SHORT = { ...EVERY, statement_timeout: '30s' };
/** A belt: what its rights do not allow is refused even when they are wrong. */
const READING = { ...SHORT, default_transaction_read_only: 'on' };

const ofRunlog = (role: Role, connections: number, settings: Record<string, string>): Login => ({
  name: `kubescribe_app_${role}`,
  secret: `kubescribe-runlog-${role.replace('_', '-')}`,
  group: groupOf(role),
  database: 'runlog',
  connections,
  settings,
});

/** All logins: for RunLog one for each role, and for the other databases one for who writes and who reads. */
export const logins: readonly Login[] = [
  ofRunlog('reader', 300, READING),
  ofRunlog('planner', 80, SHORT),
  ofRunlog('writer', 96, SHORT),
  ofRunlog('sweeper', 16, SHORT),
  ofRunlog('notifier', 16, SHORT),
  ofRunlog('dead_letters', 48, SHORT),
  ofRunlog('upkeep', 16, SHORT),
  // What it makes belongs to its group, so that another login can change it.
  ofRunlog('migrator', 4, { ...EVERY, role: groupOf('migrator') }),
  {
    name: 'kubescribe_app_report',
    secret: 'kubescribe-report',
    group: REPORT_GROUP,
    database: 'report',
    connections: 160,
    settings: SHORT,
  },
  {
    name: 'kubescribe_app_report_reader',
    secret: 'kubescribe-report-reader',
    group: REPORT_READER_GROUP,
    database: 'report',
    connections: 40,
    settings: READING,
  },
  {
    name: 'kubescribe_app_report_migrator',
    secret: 'kubescribe-report-migrator',
    group: REPORT_MIGRATOR_GROUP,
    database: 'report',
    connections: 4,
    settings: { ...EVERY, role: REPORT_MIGRATOR_GROUP },
  },
  {
    name: 'kubescribe_app_production',
    secret: 'kubescribe-production',
    group: PRODUCTION_GROUP,
    database: 'prod',
    connections: 80,
    settings: READING,
  },
];
