import type { Command } from 'commander';
import { apiOf, read } from './api.ts';
import { doToMany, forMany, type ManyOptions, meansMany } from './many-runs.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { runId } from './run.ts';
import { RunPage } from './run-shape.ts';
import { visible } from './visible.ts';

/** Adds `kubescribe cancel` to the program. */
export function register(program: Command): void {
  const command = program
    .command('cancel')
    .description('ends a run, or a request that waits; exit code 1 when it has ended already')
    .argument('[id]', 'the id of the run or request', runId)
    .option('--why <text>', 'why; it is kept with the run');
  forMany(command).action(cancel);
}

async function cancel(id: string | undefined, options: ManyOptions, command: Command): Promise<void> {
  if (meansMany(id, options)) return doToMany(command, '/runs/cancel', 'Cancel', options);
  const { why } = options;
  const api = apiOf(command);
  const { body } = await api.post(`/runs/${id}/cancel`, { why });
  if (wantsJson(command)) return printJson(body);
  const run = read(RunPage, body, api.url);
  const name = `Run ${run.run_id} of ${run.component ?? 'a pipeline'}`;
  if (run.status !== 'STARTED') {
    print(visible(`${name}: ${run.status ?? run.request?.state ?? 'cancelled'}`));
    return;
  }
  print(visible(`${name}: is being cancelled`));
  if (run.work?.blocked_why) note(visible(`It cannot end yet: ${run.work.blocked_why}.`));
  note(`Follow it: npx kubescribe run ${visible(run.run_id)}`);
}
