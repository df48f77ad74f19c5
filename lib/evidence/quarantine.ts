/** Rows that are kept out of their target and kept whole, in the report database. */
import type { Client } from 'pg';
import { literal } from '../db/quote.ts';
import { policyOf, rulesOf, uniqueRulesOf } from '../ingest/rule-sql.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import type { Place, Whose } from './note.ts';
import { sampleSql } from './stored.ts';

const canQuarantine = (spec: IngestSpec) =>
  [
    ...[...rulesOf(spec), ...uniqueRulesOf(spec)].map(({ policy }) => policy),
    ...Object.keys(spec.columns).map((name) => policyOf(spec, `cast.${name}`)),
  ].includes('quarantine');

/** Keeps the rows that broke a rule of that policy, and lets go those that came again and are in order; says how many are kept. */
export async function noteQuarantine(
  client: Client,
  spec: IngestSpec,
  { commitId, fast, slow, judged, of }: Place,
  { runId }: Whose,
  gaveCause: boolean,
): Promise<number> {
  if (!canQuarantine(spec)) return 0;
  const [pipeline, task] = of;
  await client.query(`
    delete from kubescribe.quarantine held using ${judged} here
     where held.pipeline = ${pipeline} and held.task = ${task} and held.source_id = here.ks_source_id`);
  await client.query(`
    delete from kubescribe.quarantine held using ${fast} here
     where held.pipeline = ${pipeline} and held.task = ${task} and held.source_id = here.ks_source_id`);
  if (!gaveCause) return 0;
  // A row of texts is kept as it came, a typed one as it reads.
  const { rowCount } = await client.query(
    `
    insert into kubescribe.quarantine (pipeline, task, source_id, target, run_id, commit_id, rules, row)
    select ${pipeline}, ${task}, broken.source_id, ${literal(spec.into)}, $1, ${commitId}, broken.rules,
           coalesce(texts.row, typed.row)
      from (select (detail ->> 'source_id')::bigint as source_id,
                   array_agg(coalesce(detail ->> 'rule', 'cast.' || (detail ->> 'column_name')) order by 1) as rules
              from kubescribe.evidence
             where commit_id = ${commitId} and class in ('cast_errors', 'data_quality_errors')
             group by 1 having bool_or(detail ->> 'policy' = 'quarantine') and not bool_or(detail ->> 'policy' = 'abort')) broken
      join lateral (select ${sampleSql(spec, 'here')} as row from ${judged} here
                     where here.ks_source_id = broken.source_id and here.ks_reason is not null) typed on true
      left join lateral (select ${sampleSql(spec, 'given')} as row from ${slow} given
                          where given.ks_source_id = broken.source_id) texts on true
        on conflict (pipeline, task, source_id) do nothing`,
    [runId],
  );
  return rowCount ?? 0;
}
