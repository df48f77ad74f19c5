/** Evidence of a batch, noted in its own transaction: set by set, never row by row, and only of rows that gave cause. */
import type { Client } from 'pg';
import { literal } from '../db/quote.ts';
import { BY_HASH, BY_INDEX } from '../ingest/joins.ts';
import type { Refused } from '../ingest/refusing.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import type { Part } from '../ingest/staging.ts';
import type { Books } from '../report/books.ts';
import { noteBrokenRules } from './broken-rules.ts';
import { noteCastErrors } from './cast-errors.ts';
import { noteConflicts } from './conflicts.ts';
import { noteQuarantine } from './quarantine.ts';
import { noteRefused } from './refused-rows.ts';

/** Whose evidence it is. */
export type Whose = { pipeline: string; runId: string; commitId: number };

/** Where the rows are, of which commit, and what an identity begins with, as SQL. */
export type Place = Part & { commitId: number; of: readonly string[] };

/** What there is to note, as judging counted it: nothing is asked of a part that gives no cause. */
type Causes = { rejected: number; warned: number; deduped: number; conflicts: number };

/** What was noted; `forbidden` are the rules that were broken and let nothing pass. */
export type Noted = Pick<Books, 'quarantined' | 'evidence' | 'warned_by'> & { forbidden: string[] };

type Told = { class: string; rule: string | null; policy: string | null; fresh: number; count: number };

/** Notes why rows of a part were not taken as they came; to be called when they are judged and none is merged. */
export async function noteEvidence(
  client: Client,
  spec: IngestSpec,
  part: Part,
  whose: Whose,
  { rejected, warned, deduped, conflicts }: Causes,
  refused: ReadonlyMap<string, Refused> = new Map(),
): Promise<Noted> {
  const place = { ...part, commitId: whose.commitId, of: [literal(whose.pipeline), literal(spec.name)] };
  const gaveCause = rejected + warned > 0;
  const statements = [
    gaveCause && noteCastErrors(spec, place),
    gaveCause && noteBrokenRules(spec, place),
    deduped + conflicts > 0 && noteConflicts(spec, place),
    refused.size > 0 && noteRefused(spec, place, refused),
  ].filter((statement) => typeof statement === 'string');
  const told: Told[] = [];
  if (statements.length > 0) await client.query(BY_HASH);
  for (const statement of statements) told.push(...(await client.query<Told>(statement)).rows);
  await client.query(BY_INDEX);
  return {
    evidence: sumBy(told, 'class', 'fresh'),
    warned_by: sumBy(
      told.filter(({ policy }) => policy === 'warn'),
      'rule',
      'count',
    ),
    forbidden: [...new Set(told.flatMap(({ policy, rule }) => (policy === 'abort' && rule ? [rule] : [])))],
    quarantined: await noteQuarantine(client, spec, place, whose, gaveCause),
  };
}

/** A statement that inserts evidence (WITH clauses, and a SELECT of its columns), and tells how much it was. */
export const noting = (rows: string, ctes = ''): string => `
  with ${ctes}noted as (
    insert into kubescribe.evidence as held (commit_id, class, identity, symbol, ts, detail, count)
    ${rows}
        on conflict (commit_id, identity) do update set count = held.count + excluded.count
    returning class, coalesce(detail ->> 'rule', 'cast.' || (detail ->> 'column_name')) as rule,
              detail ->> 'policy' as policy, xmax = 0 as is_fresh)
  select class, rule, policy, count(*) filter (where is_fresh) as fresh, count(*) as count from noted group by 1, 2, 3`;

function sumBy(told: readonly Told[], by: 'class' | 'rule', of: 'fresh' | 'count'): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of told) sums[String(one[by])] = (sums[String(one[by])] ?? 0) + one[of];
  return sums;
}
