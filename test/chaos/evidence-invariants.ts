/** What must be true of evidence once everything is quiet: each thing kept once, and every sight of it. */
import type { Client } from 'pg';

/** A sentence and the query that finds what contradicts it. */
export type Rule = [sentence: string, sql: string];

/** The identities of the rows of all classes of evidence that batches leave. */
function rowsOfEvidence(): string {
  const classes = [
    'cast_errors',
    'data_quality_errors',
    'dedup_conflicts',
    'authority_conflicts',
    'upsert_failures',
  ];
  return [...classes, 'concurrency_issues']
    .map((name) => `select identity from operation_logs.${name} where identity is not null`)
    .join(' union all ');
}

export const EVIDENCE: Rule[] = [
  [
    'each identity was seen, and has its row',
    `select class, encode(identity, 'hex') as identity from evidence_identities known
      where not exists (select from evidence_sightings seen where seen.identity = known.identity)
         or not exists (select from (${rowsOfEvidence()}) kept where kept.identity = known.identity)`,
  ],
  [
    'each identity has one row',
    `select encode(identity, 'hex') as identity, count(*) from (${rowsOfEvidence()}) kept group by 1 having count(*) > 1`,
  ],
  [
    'whatever was seen was seen by a batch that is kept',
    `select run_id, task, batch from evidence_sightings left join batch_books books using (run_id, task, batch)
      where books.run_id is null`,
  ],
];

/** What batches say they noted, by class, against what RunLog says they saw. */
export async function evidenceDifferences(runlog: Client, report: Client): Promise<string[]> {
  type Row = { noted: string };
  const batch = `run_id::text || ' ' || task || ' ' || batch || ': '`;
  const committed = await report.query<Row>(
    `select ${batch} || value || ' ' || key as noted
       from kubescribe.commits, jsonb_each_text(coalesce(nullif(books -> 'evidence', 'null'), '{}'))`,
  );
  const seen = await runlog.query<Row>(
    `select ${batch} || count(*) || ' ' || class as noted
       from evidence_sightings join evidence_identities using (identity)
      where batch > 0 and class <> 'concurrency_issues' group by run_id, task, batch, class`,
  );
  const of = ({ rows }: { rows: Row[] }) => rows.map(({ noted }) => noted);
  const without = (some: string[], others: string[]) => some.filter((noted) => !others.includes(noted));
  return [
    ...without(of(committed), of(seen)).map((noted) => `RunLog has not what was noted of ${noted}`),
    ...without(of(seen), of(committed)).map((noted) => `nobody noted what RunLog has of ${noted}`),
  ];
}
