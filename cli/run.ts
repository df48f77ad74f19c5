import type { Command } from 'commander';
import { getRun } from '../lib/contract/get-run.ts';
import { doorsOf } from './doors.ts';
import { printJson, wantsJson } from './print.ts';
import { runId } from './run-id.ts';
import { printRun } from './run-report.ts';
import { told } from './told.ts';

/** Adds `kubescribe run` to the program. */
export function register(program: Command): void {
  program
    .command('run')
    .description('shows a run: its tasks with their books, its error, its last log lines')
    .argument('<id>', 'the id of the run', runId)
    .action(showRun);
}

async function showRun(id: string, _options: object, command: Command): Promise<void> {
  const params = { path: { run_id: id } };
  const run = await told(getRun, doorsOf(command).GET('/runs/{run_id}', { params }));
  if (wantsJson(command)) return printJson(run);
  printRun(run);
}
