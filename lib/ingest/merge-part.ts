/** What becomes of one staged part of a batch: it is judged, what gave cause is noted, what is worth it is written. */
import type { Client } from 'pg';
import { noteEvidence, type Whose } from '../evidence/note.ts';
import { Refusal } from '../pipeline/task.ts';
import { Aborted } from '../report/aborted.ts';
import { addBooks, type Books } from '../report/books.ts';
import { judge } from './judge.ts';
import { merge, touch } from './merge.ts';
import type { IngestSpec } from './spec.ts';
import type { Staged } from './stage.ts';

/** Adds what became of a part to the batch's books. Throws Aborted where a row breaks a rule that allows none. */
export async function mergePart(
  spec: IngestSpec,
  report: Client,
  whose: Whose,
  { part, read }: Staged,
  books: Books,
): Promise<void> {
  const { conflicts, ...verdicts } = await judge(report, spec, part);
  const noted = await noteEvidence(report, spec, part, whose, { ...verdicts, conflicts });
  const { quarantined, evidence, warned_by } = noted;
  const judged = { ...verdicts, read, written: 0, failed: 0, quarantined, evidence, warned_by };
  if (noted.forbidden.length > 0) {
    addBooks(books, judged);
    const rules = noted.forbidden.join(', ');
    const why = `Rows of ${spec.from.table} break ${rules}, whose policy is abort. Nothing of this batch was written.`;
    throw new Aborted(new Refusal('RULE_BROKEN', why), books);
  }
  await touch(report, spec, part);
  addBooks(books, { ...judged, written: await merge(report, spec, part, whose.commitId) });
}
