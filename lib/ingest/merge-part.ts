/** What becomes of one staged part of a batch: it is judged, what gave cause is noted, what is worth it is written. */
import type { Client } from 'pg';
import { noteEvidence, type Whose } from '../evidence/note.ts';
import { Refusal } from '../pipeline/task.ts';
import { Aborted } from '../report/aborted.ts';
import { addBooks, type Books, emptyBooks } from '../report/books.ts';
import { judge } from './judge.ts';
import { merge, touch } from './merge.ts';
import { findRefused, isOfRows, type Refused } from './refusing.ts';
import { REFUSED, setAside } from './set-aside.ts';
import type { IngestSpec } from './spec.ts';
import type { Staged } from './stage.ts';
import { setAsideTaken } from './taken.ts';

/**
 * Adds what became of a part to the batch's books. Rows that the target does not take are set aside, and the others are
 * judged again without them. Throws Aborted where a row breaks a rule that allows none.
 */
export async function mergePart(
  spec: IngestSpec,
  report: Client,
  whose: Whose,
  { part, read }: Pick<Staged, 'part' | 'read'>,
  books: Books,
): Promise<void> {
  const refused = new Map<string, Refused>();
  const count = (done: Partial<Books>) => addBooks(books, { ...emptyBooks(), read, ...done });
  await report.query('savepoint ks_part');
  for (;;) {
    await setAsideTaken(report, spec, part);
    const { conflicts, judged, ...verdicts } = await judge(report, spec, part, {
      knowsMost: books.unchanged * 2 > books.read,
    });
    const hasPlain = judged < read;
    const { forbidden, ...noted } = await noteEvidence(
      report,
      spec,
      part,
      whose,
      { ...verdicts, conflicts },
      refused,
    );
    if (forbidden.length > 0) {
      count({ ...verdicts, ...noted });
      throw aborted(spec, forbidden, books);
    }
    await touch(report, spec, part, hasPlain);
    const written = await mergeOr(report, spec, part, { ...whose, hasPlain }, refused);
    if (written !== undefined) return count({ ...verdicts, ...noted, written });
    await report.query('rollback to savepoint ks_part');
    await setAside(report, spec, part, new Map([...refused.keys()].map((id) => [id, REFUSED])));
    await report.query('savepoint ks_part');
  }
}

/** How many rows were written; undefined when some were refused, which are added to those that are known. */
async function mergeOr(
  report: Client,
  spec: IngestSpec,
  part: Staged['part'],
  { commitId, hasPlain }: { commitId: number; hasPlain: boolean },
  refused: Map<string, Refused>,
): Promise<number | undefined> {
  await report.query('savepoint ks_merge');
  try {
    const written = await merge(report, spec, part, commitId, { hasPlain });
    await report.query(
      'set constraints all immediate; release savepoint ks_merge; release savepoint ks_part',
    );
    return written;
  } catch (error) {
    if (!isOfRows(error)) throw error;
    await report.query('rollback to savepoint ks_merge');
    const found = await findRefused(report, spec, part, commitId);
    // Whole it was refused, row by row it is taken: nobody knows which row it is.
    if (found.size === 0) throw error;
    for (const [id, why] of found) refused.set(id, why);
    return undefined;
  }
}

function aborted({ from }: IngestSpec, forbidden: string[], books: Books): Aborted {
  const rules = forbidden.join(', ');
  const why = `Rows of ${from.table} break ${rules}, whose policy is abort. Nothing of this batch was written.`;
  return new Aborted(new Refusal('RULE_BROKEN', why), books);
}
