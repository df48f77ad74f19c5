import { type Command, InvalidArgumentError } from 'commander';
import { triggerRun } from '../lib/contract/ask-for-runs.ts';
import { reconcileName } from '../lib/pipeline/reconcile-name.ts';
import { askForRun, type Waiting, withWaiting } from './ask-for-run.ts';
import { told } from './told.ts';

type Options = Waiting & { most?: number; why?: string };

/** Adds `kubescribe reconcile` to the program. */
export function register(program: Command): void {
  const command = program
    .command('reconcile')
    .description('compares the source of a pipeline with its reports, and repairs what differs')
    .argument('<pipeline>', 'its name; its file must say `reconcile`')
    .option('--most <share>', 'the share of rows, from 0 to 1, that may leave the reports this time', share)
    .option('--why <text>', 'why; it is kept with the run');
  withWaiting(command).action(reconcile);
}

async function reconcile(pipeline: string, options: Options, command: Command): Promise<void> {
  const { most, why } = options;
  const params = most === undefined ? {} : { most };
  const body = { pipeline: reconcileName(pipeline), params, why };
  await askForRun(command, (doors) => told(triggerRun, doors.POST('/runs/trigger', { body })), options);
}

function share(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value > 1) throw new InvalidArgumentError('Give a share from 0 to 1.');
  return value;
}
