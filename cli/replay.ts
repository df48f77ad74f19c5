import type { Command } from 'commander';
import { askForRun, type Waiting, withWaiting } from './ask-for-run.ts';
import { doToMany, forMany, type ManyOptions, meansMany } from './many-runs.ts';
import { jsonObject } from './program.ts';
import { runId } from './run.ts';
import { UsageError } from './usage-error.ts';

type Options = Waiting & ManyOptions & { params?: object; fromFailed?: true };

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
  if (meansMany(id, options)) {
    if (params || fromFailed || wait)
      throw new UsageError('--all replays with the params that they had, and waits for none.');
    return doToMany(command, '/runs/replay', 'Replay', options);
  }
  if (fromFailed && params) throw new UsageError('--from-failed keeps the params: leave --params out.');
  const path = `/runs/${id}/${fromFailed ? 'resume' : 'replay'}`;
  await askForRun(command, path, { params, why }, options);
}
