/** What each role may do in RunLog. The migrations grant it, `kubescribe roles` mends it, a test compares the two. */

/** Group roles, of which nobody logs in: the logins of functions are members of one each. */
export const roles = [
  'reader',
  'planner',
  'writer',
  'sweeper',
  'notifier',
  'dead_letters',
  'upkeep',
  'migrator',
] as const;
export type Role = (typeof roles)[number];

/** The role's name in the server; other databases of the same server share it. */
export const groupOf = (role: Role) => `kubescribe_${role}`;

/** A role may also what its parent may. All that is recorded may be read by all who record. */
export const parents: Partial<Record<Role, Role>> = {
  planner: 'reader',
  writer: 'planner',
  sweeper: 'writer',
  notifier: 'reader',
  dead_letters: 'reader',
  upkeep: 'reader',
};

type Verb = 'select' | 'insert' | 'update' | 'delete' | 'usage' | 'execute';
type Allowed = Partial<Record<Role, readonly Verb[]>>;

/** Tables and views, which the reader may read, and what others may beyond. Partitions are reached through their table. */
export const tables: Record<string, Allowed> = {
  clock_shift: {},
  run_log: { planner: ['insert'], writer: ['update'], upkeep: ['delete'] },
  v_latest_runs: {},
  job_runs: {},
  task_runs: { writer: ['insert', 'update'] },
  // Every function tells of itself; what was said nobody changes.
  logs: { reader: ['insert'], writer: ['insert'] },
  last_told: {},
  log_writers: { reader: ['insert', 'update', 'delete'] },
  log_counts: { reader: ['insert', 'update'] },
  // The row is locked by who plans, which takes the right to update it.
  pipelines: { planner: ['insert', 'update'] },
  schedules: { planner: ['insert', 'update'], upkeep: ['delete'] },
  pauses: { planner: ['insert', 'update'], upkeep: ['delete'] },
  backfills: { planner: ['insert', 'update'], upkeep: ['delete'] },
  run_requests: { planner: ['insert', 'update'], upkeep: ['delete'] },
  first_answers: { planner: ['insert', 'update'] },
  run_work: { planner: ['insert', 'update'], writer: ['delete'] },
  run_slices: { writer: ['insert', 'update'], upkeep: ['delete'] },
  abandoned_jobs: { writer: ['insert'], sweeper: ['delete'] },
  batch_books: { writer: ['insert', 'update'], upkeep: ['delete'] },
  outbox: {
    planner: ['insert', 'update'],
    sweeper: ['delete'],
    notifier: ['insert', 'update'],
    upkeep: ['delete'],
  },
  dead_letters: { dead_letters: ['insert', 'update'], upkeep: ['delete'] },
  dead_letter_replays: { dead_letters: ['insert', 'update'], sweeper: ['update'] },
  alert_notifications: { notifier: ['insert', 'update'], upkeep: ['delete'] },
  // Rows of the audit only come. Who seals and who forgets does it by functions of the owner.
  audit: { planner: ['insert'], dead_letters: ['insert'], upkeep: ['insert'] },
  audit_seals: {},
  audit_head: {},
  audit_anchors: {},
  'operation_logs.data_quality_errors': { writer: ['insert'] },
  'operation_logs.dedup_conflicts': { writer: ['insert'] },
  'operation_logs.authority_conflicts': { writer: ['insert'] },
  'operation_logs.cast_errors': { writer: ['insert'] },
  'operation_logs.upsert_failures': { writer: ['insert'] },
  'operation_logs.concurrency_issues': { writer: ['insert'] },
  'operation_logs.pipeline_watermarks': { writer: ['insert', 'update'] },
  'operation_logs.backup_logs': { upkeep: ['insert', 'update'] },
  evidence_identities: { writer: ['insert', 'update'], upkeep: ['delete'] },
  evidence_sightings: { writer: ['insert', 'delete'], upkeep: ['delete'] },
  evidence_archives: { upkeep: ['insert', 'update'] },
  retention: { upkeep: ['update'] },
  table_sizes: { upkeep: ['insert', 'update', 'delete'] },
  table_limits: { upkeep: ['insert', 'update', 'delete'] },
};

/** The schemas that RunLog's objects lie in. */
export const schemas = ['public', 'operation_logs'] as const;

/** Tables that no role may read: the migrations' own. */
export const unread = ['schema_migrations'];

export const sequences: Record<string, Allowed> = {
  // A fence that stands above all epochs is passed by lifting them from where they are.
  epochs: { writer: ['usage', 'select'] },
  logs_id_seq: { reader: ['usage'], writer: ['usage'] },
  'operation_logs.data_quality_errors_error_id_seq': { writer: ['usage'] },
  'operation_logs.dedup_conflicts_conflict_id_seq': { writer: ['usage'] },
  'operation_logs.authority_conflicts_conflict_id_seq': { writer: ['usage'] },
  'operation_logs.cast_errors_error_id_seq': { writer: ['usage'] },
  'operation_logs.upsert_failures_failure_id_seq': { writer: ['usage'] },
  'operation_logs.concurrency_issues_issue_id_seq': { writer: ['usage'] },
  'operation_logs.backup_logs_backup_id_seq': { upkeep: ['usage'] },
};

/** Functions that somebody may call. Those of triggers need no right, and nobody has it. */
export const functions: Record<string, Allowed> = {
  'clock()': { reader: ['execute'] },
  'schema_version()': { reader: ['execute'] },
  'tell_now(text,jsonb,interval)': { reader: ['execute'] },
  'ensure_log_partitions(integer)': { writer: ['execute'] },
  'seal_audit(integer)': { sweeper: ['execute'] },
  'forget_audit(interval,text,text,text,integer)': { upkeep: ['execute'] },
  'drop_oldest_log_partition()': { upkeep: ['execute'] },
  'ensure_evidence_partitions(integer)': { writer: ['execute'], upkeep: ['execute'] },
  'drop_oldest_evidence_partition(text,boolean)': { upkeep: ['execute'] },
};
