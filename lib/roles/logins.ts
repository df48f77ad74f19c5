/** Who logs in: a login for each class of rights, and what its sessions begin with. */
import { REPORT_GROUP, SOURCE_GROUP } from './declared.ts';
import { groupOf, type Role } from './matrix.ts';

export type LoginClass = Role | 'report' | 'source';
export type Database = 'runlog' | 'report' | 'prod';

export type Login = {
  name: string;
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

const login = (
  name: LoginClass,
  database: Database,
  group: string,
  connections: number,
  settings: Record<string, string>,
): [LoginClass, Login] => [name, { name: `kubescribe_app_${name}`, group, database, connections, settings }];

const ofRunlog = (role: Role, connections: number, settings: Record<string, string>) =>
  login(role, 'runlog', groupOf(role), connections, settings);

/** The logins by class. */
export const logins = new Map<LoginClass, Login>([
  ofRunlog('reader', 160, READING),
  ofRunlog('planner', 80, SHORT),
  ofRunlog('writer', 80, SHORT),
  ofRunlog('sweeper', 16, SHORT),
  ofRunlog('notifier', 16, SHORT),
  ofRunlog('dead_letters', 24, SHORT),
  ofRunlog('upkeep', 16, SHORT),
  // What it makes belongs to its group, so that another login can change it.
  ofRunlog('migrator', 4, { ...EVERY, role: groupOf('migrator') }),
  login('report', 'report', REPORT_GROUP, 160, SHORT),
  login('source', 'prod', SOURCE_GROUP, 80, READING),
]);
