/** The tables that rows are staged in, part by part. */
import type { Client } from 'pg';
import { commitOn } from '../boundary.ts';
import { ident } from '../db/quote.ts';
import type { Lane } from './lanes.ts';
import type { IngestSpec } from './spec.ts';

/** One part: the rows of the fast lane typed, those of the slow lane as text, and those among both that stand out. */
export type Part = Record<Lane | 'found' | 'judged', string>;

/** Makes the tables of the part of a number; what is in them other sessions see too. */
export async function createStaging(
  client: Client,
  spec: IngestSpec,
  prefix: string,
  number: number,
): Promise<Part> {
  const name = (kind: string) => `kubescribe.${prefix}_${number}_${kind}`;
  const part = { fast: name('fast'), slow: name('slow'), found: name('found'), judged: name('judged') };
  await client.query('begin');
  await client.query(createSql(spec, part));
  await commitOn('staging', client);
  return part;
}

function createSql(spec: IngestSpec, { fast, slow, found }: Part): string {
  const columns = (typeOf: (type: string) => string) =>
    Object.entries(spec.columns).map(([name, { type }]) => `${ident(name)} ${typeOf(type)}`);
  const create = (table: string, all: string[]) =>
    `create unlogged table ${table}
       (ks_source_id bigint, ks_source text, ks_received_at timestamptz, ${all.join(', ')})`;
  const typed = columns((type) => type);
  const verdict = ['ks_rank int', 'ks_reason text', 'ks_warned boolean', 'ks_place bigint'];
  const texts = columns(() => 'text');
  return [create(fast, typed), create(slow, texts), create(found, [...typed, ...verdict])].join(';\n');
}

/** Drops them, and what was judged of them. */
export async function dropStaging(client: Client, parts: readonly Part[]): Promise<void> {
  if (parts.length > 0)
    await client.query(`drop table if exists ${parts.flatMap((part) => Object.values(part)).join(', ')}`);
}
