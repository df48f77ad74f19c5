/** The logins of functions on databases of our own: each function has its rights here as in a cluster. */
import type { Client } from 'pg';
import { connect } from '../lib/db/connect.ts';
import { ident } from '../lib/db/quote.ts';
import { applyChanges, databaseDrift } from '../lib/roles/database-drift.ts';
import { loginUrl } from '../lib/roles/login-url.ts';
import { type Database, logins } from '../lib/roles/logins.ts';
import { newPassword } from '../lib/roles/password.ts';

/** Tables of the user, which come and go as he tries things: whichever he makes here is open to his pipelines. */
const OPEN = {
  runlog: [],
  report: [
    { group: 'kubescribe_report', verbs: 'select, insert, update, delete', sequences: true },
    { group: 'kubescribe_report_reader', verbs: 'select', sequences: false },
  ],
  prod: [{ group: 'kubescribe_production', verbs: 'select', sequences: true }],
};

/** Makes the logins of one database, by an administrator's URL; returns their URLs by the Secret that holds each. */
export async function makeLogins(
  url: string,
  database: Database,
  password = newPassword(),
): Promise<Record<string, string>> {
  const here = logins.filter((login) => login.database === database);
  const client = await connect(url, { name: 'kubescribe roles' });
  try {
    const changes = await databaseDrift(client, database, {
      tables: { source: [], report: { written: [], read: [] } },
      passwords: new Map(here.map(({ name }) => [name, password])),
      limited: false,
    });
    await applyChanges(client, changes);
    await open(client, database);
  } finally {
    await client.end();
  }
  return Object.fromEntries(here.map(({ secret, name }) => [secret, loginUrl(url, name, password)]));
}

async function open(client: Client, database: Database): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'kubescribe')`,
  );
  for (const { group, verbs, sequences } of OPEN[database]) {
    for (const { name } of rows) {
      await client.query(`grant usage on schema ${ident(name)} to ${group}`);
      await client.query(`grant ${verbs} on all tables in schema ${ident(name)} to ${group}`);
      if (sequences) await client.query(`grant usage on all sequences in schema ${ident(name)} to ${group}`);
    }
    await client.query(`alter default privileges grant usage on schemas to ${group}`);
    await client.query(`alter default privileges grant ${verbs} on tables to ${group}`);
    if (sequences) await client.query(`alter default privileges grant usage on sequences to ${group}`);
  }
}
