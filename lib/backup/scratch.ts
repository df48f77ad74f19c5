/** A database that is made to be thrown away. */
import { hash, randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { ident } from '../db/quote.ts';
import { sqlState } from '../db/sqlstate.ts';
import { openSession } from './session.ts';

const FORBIDDEN = '42501';

/** Makes one on the server of a URL, hands over its URL, and drops it whatever happens. */
export async function withScratch<T>(server: string, work: (url: string) => Promise<T>): Promise<T> {
  const url = new URL(server);
  // Whoever comes from another database sees none of our locks, and leaves ours alone.
  const prefix = `kubescribe_verify_${hash('sha256', url.pathname).slice(0, 8)}_`;
  const name = prefix + randomBytes(6).toString('hex');
  url.pathname = `/${name}`;
  const admin = await openSession(server, 'kubescribe verify');
  try {
    await dropLeftOvers(admin, prefix);
    await holds(admin, name);
    await admin.query(`create database ${ident(name)} template template0 encoding 'UTF8'`).catch(explain);
    try {
      return await work(url.href);
    } finally {
      await admin.query(`drop database if exists ${ident(name)} with (force)`);
    }
  } finally {
    await admin.end().catch(() => {});
  }
}

/** Its maker holds its lock for as long as it is needed. */
async function holds(admin: Client, name: string): Promise<boolean> {
  const { rows } = await admin.query<{ held: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 0)) as held',
    [name],
  );
  return rows[0]!.held;
}

/** Of verifications that died. */
async function dropLeftOvers(admin: Client, prefix: string): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    'select datname as name from pg_database where starts_with(datname, $1)',
    [prefix],
  );
  for (const { name } of rows)
    if (await holds(admin, name)) await admin.query(`drop database if exists ${ident(name)} with (force)`);
}

function explain(cause: unknown): never {
  if (sqlState(cause) !== FORBIDDEN) throw cause;
  throw new Error(
    'Verifying makes a database and drops it: the login of this URL needs the right CREATEDB ' +
      '(`alter role … createdb`). Or name another server by SCRATCH_DB_URL.',
    { cause },
  );
}
