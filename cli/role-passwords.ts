import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { connect } from '../lib/db/connect.ts';
import { type Database, logins } from '../lib/roles/logins.ts';
import { newPassword } from '../lib/roles/password.ts';
import { UsageError } from './usage-error.ts';

const Passwords = z.record(z.string(), z.string().min(12, 'a password has 12 characters at least'));

/** Passwords by login, as JSON: never as words of a command, which others on the machine can read. */
export async function readPasswords(input: NodeJS.ReadableStream): Promise<Map<string, string>> {
  const given = Passwords.safeParse(parsed(await text(input)));
  if (!given.success)
    throw new UsageError('Stdin must hold {"LOGIN": "PASSWORD", …}, each of 12 characters at least.');
  const names = logins.map(({ name }) => name);
  const unknown = Object.keys(given.data).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`There is no login "${unknown}". Known: ${names.join(', ')}.`);
  return new Map(Object.entries(given.data));
}

function parsed(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    // What stands there may be a password: it is not repeated.
    return undefined;
  }
}

/** Generated for logins that are new, or for all; nobody is given one that nobody would be told. */
export async function passwordsFor(
  url: string,
  database: Database,
  { check, rotate, secrets }: { check?: true; rotate?: true; secrets?: true },
  given: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const here = logins.filter((login) => login.database === database).map(({ name }) => name);
  const passwords = new Map([...given].filter(([name]) => here.includes(name)));
  if (check || !secrets) return passwords;
  const client = await connect(url, { name: 'kubescribe roles' });
  const { rows } = await client
    .query<{ name: string }>('select rolname as name from pg_roles where rolname = any($1)', [here])
    .finally(() => client.end());
  const there = new Set(rows.map(({ name }) => name));
  for (const name of here) {
    if (!passwords.has(name) && (rotate || !there.has(name))) passwords.set(name, newPassword());
  }
  return passwords;
}
