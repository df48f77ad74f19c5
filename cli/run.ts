import { type Command, InvalidArgumentError } from 'commander';
import { apiOf, read } from './api.ts';
import { printJson, wantsJson } from './print.ts';
import { printRun } from './run-report.ts';
import { isRunId, RunPage } from './run-shape.ts';

/** Adds `kubescribe run` to the program. */
export function register(program: Command): void {
  program
    .command('run')
    .description('shows a run: its tasks with their books, its error, its last log lines')
    .argument('<id>', 'the id of the run', runId)
    .action(showRun);
}

async function showRun(id: string, _options: object, command: Command): Promise<void> {
  const api = apiOf(command);
  const { body } = await api.get(`/runs/${id}`);
  if (wantsJson(command)) return printJson(body);
  printRun(read(RunPage, body, api.url));
}

/** An argument that is the id of a run. */
export function runId(text: string): string {
  if (!isRunId(text))
    throw new InvalidArgumentError('An id looks like 0192f3c4-5d6e-7f80-9123-456789abcdef.');
  return text;
}
