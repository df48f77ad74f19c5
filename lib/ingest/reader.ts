/** Reads a source batch by batch: a reading goes on over several, unless somebody else had the turn in between. */
import type { TaskContext } from '../pipeline/task.ts';
import type { CommitRow } from '../report/commit-row.ts';
import { wasTaken } from '../report/turn.ts';
import { ingestBatch } from './batch.ts';
import { type Kept, keepContract, tellChanges } from './contract.ts';
import { openReading, type Reading } from './reading.ts';
import type { IngestSpec } from './spec.ts';

/** What was staged is older than what somebody else has written since. */
class Overtaken extends Error {}

export type Reader = ReturnType<typeof readerOf>;

export function readerOf<P>(spec: IngestSpec, context: TaskContext<P>) {
  /** A reading that goes on, and its last commit; while it does, the source keeps its columns. */
  let going: { reading: Reading; kept: Kept; commitId: number } | undefined;
  let alone = false;

  async function batch(size: number): Promise<{ row: CommitRow; rows: number | undefined }> {
    const kept = going?.kept ?? (await keepContract(spec, await context.production(), context.report()));
    if (!going) await tellChanges(spec, context, kept.changes);
    let reading = going?.reading;
    const before = going?.commitId;
    try {
      const row = await context.batch(spec.into, async (report, commitId) => {
        if (before !== undefined && (await wasTaken(report, spec.into, before))) throw new Overtaken();
        if (!reading) await kept.settle(report);
        reading ??= await openReading(kept.spec, context, report, size, { alone });
        reading.resize(size);
        return ingestBatch(kept.spec, context, reading, report, commitId);
      });
      const { rows, at } = reading!;
      going = at().isAtEnd ? undefined : { reading: reading!, kept, commitId: row.commitId };
      return { row, rows };
    } catch (error) {
      going = undefined;
      await reading?.close();
      if (!(error instanceof Overtaken)) throw error;
      // Who takes turns with others would stage most of it for nothing.
      alone = true;
      await context.production({ anew: true });
      return batch(size);
    }
  }

  return { batch, close: async () => going?.reading.close() };
}
