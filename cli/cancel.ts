import type { Command } from 'commander';
import { cancelRun } from '../lib/contract/ask-for-runs.ts';
import { cancelRuns } from '../lib/contract/many-runs.ts';
import { doorsOf } from './doors.ts';
import { doToMany, forMany, type ManyOptions, theOne } from './many-runs.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { runId } from './run-id.ts';
import { told } from './told.ts';
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
  const one = theOne(id, options);
  if (one === undefined) {
    return doToMany(command, 'Cancel', options, (doors, body, header) =>
      told(cancelRuns, doors.POST('/runs/cancel', { params: { header }, body })),
    );
  }
  const { why } = options;
  const params = { path: { run_id: one } };
  const run = await told(
    cancelRun,
    doorsOf(command).POST('/runs/{run_id}/cancel', { params, body: { why } }),
  );
  if (wantsJson(command)) return printJson(run);
  const name = `Run ${run.run_id} of ${run.component}`;
  if (run.status !== 'STARTED') {
    print(visible(`${name}: ${run.status ?? run.request?.state ?? 'cancelled'}`));
    return;
  }
  print(visible(`${name}: is being cancelled`));
  if (run.work?.blocked_why) note(visible(`It cannot end yet: ${run.work.blocked_why}.`));
  note(`Follow it: npx kubescribe run ${visible(run.run_id)}`);
}
