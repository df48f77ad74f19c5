/** The rights that each database shall have, put together from the matrix and the pipelines. */
import { ident } from '../db/quote.ts';
import { functions, groupOf, type Role, roles, schemas, sequences, tables } from './matrix.ts';
import type { Right } from './right.ts';

/** A table of the user, as SQL names it. */
export type NamedTable = { name: string; schema: string };

/** Writes reports: one login for all that do, so that each may end the sessions of another. */
export const REPORT_GROUP = 'kubescribe_report';
/** Owns our corner of the report database, and migrates it. */
export const REPORT_MIGRATOR_GROUP = 'kubescribe_report_migrator';
/** Our tables in the report database. */
const reportTables = [
  'fence',
  'commits',
  'touched_keys',
  'evidence',
  'quarantine',
  'source_columns',
  'reconciled',
] as const;
/** What belongs to who migrates there: no table that a batch makes for itself. */
export const reportOwned = [...reportTables, 'schema_migrations'] as const;
/** Reads reports for people: rows of the tables that they may see, and which commit each is from. */
export const REPORT_READER_GROUP = 'kubescribe_report_reader';
/** Reads the production database. */
export const PRODUCTION_GROUP = 'kubescribe_production';

const rightsOn = (kind: string, objects: Record<string, Partial<Record<Role, readonly string[]>>>): Right[] =>
  Object.entries(objects).flatMap(([name, allowed]) =>
    roles.flatMap((role) =>
      (allowed[role] ?? []).map((verb) => ({ grantee: groupOf(role), verb, on: `${kind} ${name}` })),
    ),
  );

const grant = (grantee: string, on: string, ...verbs: string[]): Right[] =>
  verbs.map((verb) => ({ grantee, verb, on }));

/** What RunLog's roles may. */
export function runlogRights(database: string): Right[] {
  const reader = groupOf('reader');
  const migrator = groupOf('migrator');
  return [
    ...grant(reader, `database ${ident(database)}`, 'connect'),
    ...grant(migrator, `database ${ident(database)}`, 'connect', 'create', 'temporary'),
    ...schemas.flatMap((schema) => [
      ...grant(reader, `schema ${schema}`, 'usage'),
      ...grant(migrator, `schema ${schema}`, 'usage', 'create'),
    ]),
    ...Object.keys(tables).flatMap((name) => grant(reader, `table ${name}`, 'select')),
    ...rightsOn('table', tables),
    ...rightsOn('sequence', sequences),
    ...rightsOn('routine', functions),
  ];
}

/** What whoever writes reports may: all in our own corner, and rows of the targets; no TRUNCATE, no table elsewhere. */
export function reportRights(
  database: string,
  written: readonly NamedTable[],
  read: readonly NamedTable[],
): Right[] {
  return [
    ...grant(REPORT_GROUP, `database ${ident(database)}`, 'connect'),
    ...grant(REPORT_MIGRATOR_GROUP, `database ${ident(database)}`, 'connect'),
    ...grant(REPORT_GROUP, 'schema kubescribe', 'usage', 'create'),
    ...reportTables.flatMap((name) => grant(REPORT_GROUP, `table kubescribe.${name}`, ...ROWS)),
    ...grant(REPORT_GROUP, 'sequence kubescribe.commits_commit_id_seq', 'usage'),
    ...usage(REPORT_GROUP, [...written, ...read]),
    ...written.flatMap(({ name }) => grant(REPORT_GROUP, `table ${name}`, ...ROWS)),
    ...read
      .filter(({ name }) => !written.some((one) => one.name === name))
      .flatMap(({ name }) => grant(REPORT_GROUP, `table ${name}`, 'select')),
  ];
}

/** What whoever shows reports may: look at the tables that people may read, and at the commits of their rows. */
export function reportReaderRights(database: string, shown: readonly NamedTable[]): Right[] {
  return [
    ...grant(REPORT_READER_GROUP, `database ${ident(database)}`, 'connect'),
    ...grant(REPORT_READER_GROUP, 'schema kubescribe', 'usage'),
    ...grant(REPORT_READER_GROUP, 'table kubescribe.commits', 'select'),
    ...usage(REPORT_READER_GROUP, shown),
    ...shown.flatMap(({ name }) => grant(REPORT_READER_GROUP, `table ${name}`, 'select')),
  ];
}

/** What whoever reads production may: the named tables whole (a window reads xmin, which no column's right gives). */
export function productionRights(database: string, read: readonly NamedTable[]): Right[] {
  return [
    ...grant(PRODUCTION_GROUP, `database ${ident(database)}`, 'connect'),
    ...usage(PRODUCTION_GROUP, read),
    ...read.flatMap(({ name }) => grant(PRODUCTION_GROUP, `table ${name}`, 'select')),
  ];
}

const ROWS = ['select', 'insert', 'update', 'delete'];

const usage = (group: string, named: readonly NamedTable[]) =>
  [...new Set(named.map(({ schema }) => schema))].flatMap((schema) =>
    grant(group, `schema ${schema}`, 'usage'),
  );
