import type { Command } from 'commander';
import { replayRun, resumeRun } from '../lib/contract/ask-for-runs.ts';
import { replayRuns } from '../lib/contract/many-runs.ts';
import { askForRun, type Waiting, withWaiting } from './ask-for-run.ts';
import { doToMany, forMany, type ManyOptions, theOne } from './many-runs.ts';
import { jsonObject } from './program.ts';
import { runId } from './run-id.ts';
import { told } from './told.ts';
import { UsageError } from './usage-error.ts';

type Options = Waiting & ManyOptions & { params?: Record<string, unknown>; fromFailed?: true };

/** Adds `kubescribe replay` to the program. */
export function register(program: Command): void {
  const command = program
    .command('replay')
    .description('asks for an ended run again, or for a slot that was missed or skipped')
    .argument('[id]', 'the id of the run or request', runId)
    .option('--params <json>', 'other params than it had, a JSON object', jsonObject)
    .option('--from-failed', 'begin at the task that failed; what was done before is kept')
    .option('--why <text>', 'why; it is kept with the run');
  forMany(withWaiting(command)).action(replay);
}

async function replay(id: string | undefined, options: Options, command: Command): Promise<void> {
  const { params, why, fromFailed, wait } = options;
  const one = theOne(id, options);
  if (one === undefined) {
    if (params || fromFailed || wait)
      throw new UsageError('--all replays with the params that they had, and waits for none.');
    return doToMany(command, 'Replay', options, (doors, body, header) =>
      told(replayRuns, doors.POST('/runs/replay', { params: { header }, body })),
    );
  }
  if (fromFailed && params) throw new UsageError('--from-failed keeps the params: leave --params out.');
  const path = { run_id: one };
  await askForRun(
    command,
    (doors) =>
      fromFailed
        ? told(resumeRun, doors.POST('/runs/{run_id}/resume', { params: { path }, body: { why } }))
        : told(replayRun, doors.POST('/runs/{run_id}/replay', { params: { path }, body: { params, why } })),
    options,
  );
}
