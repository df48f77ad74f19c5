import type { Command } from 'commander';
import { askForRun, type Waiting, withWaiting } from './ask-for-run.ts';
import { jsonObject } from './program.ts';
import { runId } from './run.ts';
import { UsageError } from './usage-error.ts';

type Options = Waiting & { params?: object; why?: string; fromFailed?: true };

/** Adds `kubescribe replay` to the program. */
export function register(program: Command): void {
  const command = program
    .command('replay')
    .description('asks for an ended run again, or for a slot that was missed or skipped')
    .argument('<id>', 'the id of the run or request', runId)
    .option('--params <json>', 'other params than it had, a JSON object', jsonObject)
    .option('--from-failed', 'begin at the task that failed; what was done before is kept')
    .option('--why <text>', 'why; it is kept with the run');
  withWaiting(command).action(replay);
}

async function replay(id: string, options: Options, command: Command): Promise<void> {
  const { params, why, fromFailed } = options;
  if (fromFailed && params) throw new UsageError('--from-failed keeps the params: leave --params out.');
  const path = `/runs/${id}/${fromFailed ? 'resume' : 'replay'}`;
  await askForRun(command, path, { params, why }, options);
}
