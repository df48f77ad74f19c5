import type { Command } from 'commander';
import { triggerRun } from '../lib/contract/ask-for-runs.ts';
import { askForRun, type Waiting, withWaiting } from './ask-for-run.ts';
import { jsonObject } from './program.ts';
import { told } from './told.ts';

type Options = Waiting & { params?: Record<string, unknown> };

/** Adds `kubescribe trigger` to the program. */
export function register(program: Command): void {
  const command = program
    .command('trigger')
    .description('asks for a run; exit code 1 when it is refused or, with --wait, when it fails')
    .argument('[pipeline]', 'its name; else the pipeline marked default: true')
    .option('--params <json>', 'its params, a JSON object', jsonObject);
  withWaiting(command).action(trigger);
}

async function trigger(pipeline: string | undefined, options: Options, command: Command): Promise<void> {
  const body = { pipeline, params: options.params };
  await askForRun(command, (doors) => told(triggerRun, doors.POST('/runs/trigger', { body })), options);
}
