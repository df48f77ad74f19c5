/** Which row a passport is asked for: by the columns of its table's key. */
import type { Pool } from 'pg';
import * as z from 'zod';
import { badRequest } from '../http/problem.ts';
import type { ReportTable } from '../reports/catalogue.ts';
import { keyColumns } from '../reports/page.ts';
import { unreadable } from '../reports/where.ts';

/** Texts by the columns of the key, in its order. */
export type RowKey = ReadonlyMap<string, string>;

const Value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Members = z.union([z.record(z.string(), Value), z.array(Value)]);

/** `{"symbol": "AAPL", …}`, `["AAPL", …]`, or `symbol=AAPL` once a column. Throws a 400 that names what is wrong. */
export async function readKey(pool: Pool, table: ReportTable, given: readonly string[]): Promise<RowKey> {
  const columns = keyColumns(table);
  const members = membersOf(given, table.key);
  const foreign = [...members.keys()].filter((name) => !table.key.includes(name));
  const missing = table.key.filter((name) => !members.has(name));
  if (table.key.length === 0 || foreign.length > 0 || missing.length > 0)
    throw wrong(`the key of ${table.name} is ${table.key.join(', ') || 'not there'}`);
  const values = columns.map((column) => ({ column, value: members.get(column.name) ?? '' }));
  if (values.some(({ value }) => value.includes('\0'))) throw wrong('holds a NUL');
  const bad = await unreadable(pool, values);
  if (bad)
    throw wrong(
      `"${bad.value.slice(0, LONGEST_TOLD)}" is no ${bad.column.type}, which ${bad.column.name} is`,
    );
  return new Map(values.map(({ column, value }) => [column.name, value]));
}

const LONGEST_TOLD = 80;

function membersOf(given: readonly string[], key: readonly string[]): Map<string, string> {
  const [only = ''] = given;
  if (given.length === 1 && /^\s*[[{]/.test(only)) {
    const parsed = Members.safeParse(json(only));
    if (!parsed.success) throw wrong('is no JSON object or array of texts and numbers');
    if (!Array.isArray(parsed.data)) return new Map(Object.entries(parsed.data));
    return new Map(parsed.data.map((value, i) => [key[i] ?? `no. ${i + 1}`, value]));
  }
  return new Map(
    given.map((text): [string, string] => {
      // A name may hold a sign itself.
      const name = key.find((one) => text.startsWith(`${one}=`)) ?? text.split('=', 1)[0] ?? '';
      return [name, text.slice(name.length + 1)];
    }),
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const wrong = (detail: string) =>
  badRequest('The query is wrong at "key".', { errors: [{ parameter: 'key', detail }] });
