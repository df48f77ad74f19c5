import { sql } from 'kysely';
import { commitOne } from '../boundary.ts';
import type { Service } from '../http/service.ts';

type End = { sealed: number; number: number; hash: string };

/** Seals what has no seal yet. The end of the chain goes to the log, where whoever rewrites RunLog cannot reach it. */
export async function sealAudit({ runlog, log }: Service): Promise<void> {
  const { rows } = await commitOne('seal-audit', runlog, (db) =>
    sql<End>`select sealed, number, hash from seal_audit()`.execute(db),
  );
  const [end] = rows;
  if (end && end.sealed > 0)
    log.info({ sealed: end.sealed, anchor: `${end.hash}@${end.number}` }, 'the audit is sealed');
}
