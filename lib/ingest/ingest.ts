/** The task that brings rows from production into a report table: window by window, batch by batch. */
import * as z from 'zod';
import { type Task, type TaskContext, task } from '../pipeline/task.ts';
import { firstSize, nextSize } from './batch-size.ts';
import { ingestSpec } from './check-spec.ts';
import { noTime } from './range.ts';
import { type Reader, readerOf } from './reader.ts';
import type { IngestOptions, IngestSpec } from './spec.ts';
import { tellOfWindow } from './tell-of-window.ts';
import { goesOn, HorizonBehind } from './window.ts';

const SECOND = 1000;
/** What a pause leaves: whether the window is this run's own, how large batches had become, what was read. */
const State = z.object({ own: z.boolean(), size: z.number(), rows: z.number() }).partial();

/** A task that ingests. Throws a PipelineError when it cannot work as written. */
export const ingest = <P>(options: IngestOptions): Task<P> => taskOf<P>(ingestSpec(options));

function taskOf<P>(spec: IngestSpec): Task<P> {
  return task<P>(spec.name, (context) => run(spec, context), {
    movesRows: true,
    spec,
    writes: spec.into,
    telling: (summaries) =>
      taskOf({ ...spec, touches: summaries.map(({ into, by }) => ({ target: into, by })) }),
    ...(spec.from.time === undefined && { noRange: noTime(spec.name) }),
  });
}

async function* run<P>(spec: IngestSpec, context: TaskContext<P>) {
  const ranged = context.range !== undefined;
  let { own = ranged, size = firstSize(spec.batchRows), rows = 0 } = State.parse(context.state);
  // The scope of a range is its run's alone: closed, it was read to its end.
  if (ranged && (await context.watermark())?.closed) return;
  // Connected before the first turn is taken: others need not wait for it.
  await context.production();
  context.progress(rows);
  const reader = readerOf(spec, context);
  // A window that an earlier run left open is finished first; only then comes this run's own.
  try {
    for (let over = false; !over; ) {
      const started = performance.now();
      const before = await context.watermark();
      const done = await batchOrNothing(reader, context, size);
      if (!done) return;
      const took = performance.now() - started;
      const { row, rows: all } = done;
      own ||= !before || before.closed || !goesOn(before, row.sourceIdentity, context.reset);
      if (!ranged) tellOfWindow(context, before, row);
      over = own && row.closed;
      const { books } = row;
      rows += books.read;
      // How many rows a window has nobody knows before; the whole source has about as many as it counts.
      context.progress(rows, row.closed ? undefined : all);
      context.log.info(`${books.written} rows written, ${books.rejected} rejected of ${books.read}`, {
        ...books,
        seconds: Math.round(took) / SECOND,
      });
      size = nextSize(size, took, spec.batchRows);
      yield { own, size, rows };
    }
  } finally {
    await reader.close();
  }
}

/**
 * A source that stands behind what was read opens no window: its rows are left to a later run. A range has no later run:
 * its attempt fails, and is made again.
 */
async function batchOrNothing<P>(reader: Reader, context: TaskContext<P>, size: number) {
  try {
    return await reader.batch(size);
  } catch (error) {
    if (!(error instanceof HorizonBehind) || context.range) throw error;
    context.log.warn(`Nothing was read: ${error.message}. Is it a standby that lags? A later run goes on.`);
    return undefined;
  }
}
