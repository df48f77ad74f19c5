import type { Client } from 'pg';
import { type Findings, MOST_TOLD } from './findings.ts';

/** The sweep seals every minute: what is older was overlooked, or written round the ways in. */
const SEALED_WITHIN = '5 minutes';

export type Unsealed = {
  rows: number;
  /** The age of the oldest in seconds. */
  oldest_s: number | null;
};

/** Counts the rows without a seal; the old ones are findings. */
export async function findUnsealed(client: Client, findings: Findings): Promise<Unsealed> {
  const { rows } = await client.query<{
    audit_id: string;
    row: string;
    age: number;
    late: boolean;
    n: number;
  }>(
    `select audit_id::text, action || ' of ' || subject || ' by ' || actor as row,
            extract(epoch from clock() - at)::float8 as age, at < clock() - $1::interval as late,
            count(*) over ()::int as n
       from audit where not exists (select from audit_seals s where s.audit_id = audit.audit_id)
      order by at limit $2`,
    [SEALED_WITHIN, MOST_TOLD],
  );
  for (const { audit_id, row, age, late } of rows)
    if (late)
      findings.add(
        'not-sealed',
        `Row ${audit_id} (${row}) has no seal after ${Math.round(age / 60)} minutes.`,
        {
          auditId: audit_id,
        },
      );
  return { rows: rows[0]?.n ?? 0, oldest_s: rows[0] ? Math.max(0, Math.round(rows[0].age)) : null };
}
