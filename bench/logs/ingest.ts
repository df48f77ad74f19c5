/** Lines from `context.log` to the table, beside a COPY of the same lines into the same table. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { openRunLog } from '../../lib/db/connect.ts';
import { openLogWriter } from '../../lib/logs/writer.ts';
import type { Ground } from '../ground.ts';
import { alternate, median, type Result, ratioOf } from '../rounds.ts';

const ROUNDS = 5;
const LINES = 40_000;
const SECOND = 1000;
const COLUMNS = 'type, job_run_id, task_run_id, timestamp, level, stream, message, metadata, attempt, epoch';

/** Lines of a task as an ingest says them: redacted, bounded, in batches, against one COPY on one connection each. */
export async function logIngest(ground: Ground, lines = LINES): Promise<Result> {
  const url = await ground.runlog();
  const db = openRunLog(url, { name: 'bench', max: 1 });
  const copier = new pg.Client({ connectionString: url });
  await copier.connect();
  const [run, task] = [randomUUID(), randomUUID()];
  await copier.query(`insert into run_log (run_id, status, component) values ($1, 'STARTED', 'talking')`, [
    run,
  ]);
  await copier.query(`insert into task_runs (id, run_id, name) values ($1, $2, 'talk')`, [task, run]);
  const said = Array.from({ length: lines }, (_, i) => ({
    message: `batch ${i}: ${i * 7} rows read from vendor_${i % 7}, window [2026-01-01T00:00:00Z, 2026-01-02T00:00:00Z)`,
    metadata: { batch: i, rows: i * 7, vendor: `vendor_${i % 7}`, took_ms: i % 500 },
  }));
  const timed = async (work: () => Promise<void>) => {
    await copier.query('truncate logs');
    const began = performance.now();
    await work();
    return (lines * SECOND) / (performance.now() - began);
  };

  const ours = () =>
    timed(async () => {
      const onTrouble = (error: unknown) => {
        throw error;
      };
      const writer = openLogWriter(db, { service: 'bench', onTrouble, budget: Number.POSITIVE_INFINITY });
      const logger = writer.jobLogger(run, { attempt: 1, epoch: 1 });
      for (const { message, metadata } of said)
        await logger.logTask(task, 'info', message, 'stdout', metadata);
      await writer.close();
      const { written } = writer.counts();
      if (written !== lines) throw new Error(`${written} of ${lines} lines arrived.`);
    });
  const peer = () => {
    const at = new Date().toISOString().slice(0, -1);
    const rows = said.map(
      ({ message, metadata }) =>
        `task\t${run}\t${task}\t${at}\tinfo\tstdout\t${message}\t${JSON.stringify(metadata)}\t1\t1\n`,
    );
    return timed(() =>
      pipeline(Readable.from(rows), copier.query(copyFrom(`copy logs (${COLUMNS}) from stdin`))),
    );
  };
  try {
    const taken = await alternate(ROUNDS, peer, ours);
    const rate = (of: number[]) => `${Math.round(median(of)).toLocaleString('en')} lines/s`;
    return {
      bench: 'log-ingest',
      ratio: ratioOf(taken, 'large'),
      of: 'one COPY of the same lines into the same table, one connection',
      floor: 0.5,
      aim: 0.8,
      detail: `${rate(taken.ours)}, copied ${rate(taken.peer)}`,
    };
  } finally {
    await Promise.all([copier.end(), db.destroy()]);
  }
}
