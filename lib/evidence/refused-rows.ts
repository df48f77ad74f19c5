/** Rows that their target did not take, each with what the database said of it. */
import { literal } from '../db/quote.ts';
import type { Refused } from '../ingest/refusing.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { aboutTyped } from './about.ts';
import { noting, type Place } from './note.ts';
import { identitySql, sampleSql, storedAs, valuesSql } from './stored.ts';

/** The statement that notes them. What a trigger says may hold values, so it is kept only where all values may be. */
export function noteRefused(spec: IngestSpec, place: Place, refused: ReadonlyMap<string, Refused>): string {
  const columns = Object.keys(spec.columns);
  const isShown = columns.every((name) => storedAs(spec, name) === 'keep');
  const told = [...refused].map(([id, { code, constraint, message }]) => ({
    id,
    code,
    rule: constraint ?? null,
    says: isShown ? message.slice(0, 1000) : `refused (${[code, constraint].filter(Boolean).join(', ')})`,
  }));
  const values = valuesSql(spec, columns, 'held');
  return noting(`
    select distinct on (identity) ${place.commitId}::bigint, 'upsert_failures',
           ${identitySql([...place.of, `'refused'`, 'held.ks_source_id', 'told.code', 'told.rule', values])} as identity,
           about.symbol, about.ts,
           jsonb_build_object('table_name', ${literal(spec.into)}, 'error_detail', told.says, 'error_code', told.code,
             'rule', told.rule, 'source_id', held.ks_source_id::text, 'sample', ${sampleSql(spec, 'held')}), 1
      from ${place.found} held
      join jsonb_to_recordset(${literal(JSON.stringify(told))}::jsonb) told (id bigint, code text, rule text, says text)
        on told.id = held.ks_source_id
     cross join lateral (select ${aboutTyped(spec, 'held')}) about`);
}
