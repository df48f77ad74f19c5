/** What a run's lines cost the run. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { migrateUp, reportMigrations } from '../../lib/db/migrate.ts';
import type { Ground } from '../ground.ts';
import { alternate, median, type Result, ratioOf } from '../rounds.ts';

const ROUNDS = 7;
const RUN = fileURLToPath(new URL('../ingest/run.ts', import.meta.url));
const SILENT = fileURLToPath(new URL('silent.ts', import.meta.url));
const TALKING = fileURLToPath(new URL('talking.ts', import.meta.url));
const Ran = z.object({ status: z.string(), error_message: z.string().nullable(), seconds: z.number() });

/** A run that logs a thousand lines a second, beside the same run that says nothing. */
export async function logOverhead(ground: Ground, rounds = ROUNDS): Promise<Result> {
  const server = await ground.server();
  const runlog = await ground.runlog();
  const [prod, report] = [server.url('prod'), server.url('report')];
  await migrateUp(report, reportMigrations);
  const seconds = async (file: string) => {
    const asked = JSON.stringify({ runlog, prod, report, pipeline: file });
    const { stdout } = await promisify(execFile)(process.execPath, [RUN, asked]);
    const ran = Ran.parse(JSON.parse(stdout));
    if (ran.status !== 'SUCCESS') throw new Error(`${file} ended as ${ran.status}: ${ran.error_message}`);
    return ran.seconds;
  };
  const taken = await alternate(
    rounds,
    () => seconds(SILENT),
    () => seconds(TALKING),
  );
  return {
    bench: 'log-overhead',
    ratio: ratioOf(taken, 'small'),
    of: 'the same run without a line',
    floor: 0.98,
    aim: 1,
    detail: `1,000 lines/s: ${median(taken.ours).toFixed(2)} s, silent ${median(taken.peer).toFixed(2)} s`,
  };
}
