/** Asking for a run, with what is shown of it: its id, its way to the end, or the run that stands in its way. */
import type { Command } from 'commander';
import { getRun } from '../lib/contract/get-run.ts';
import { type Doors, doorsOf } from './doors.ts';
import { followRun } from './follow-run.ts';
import type { Told } from './paths.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { seconds } from './program.ts';
import { Refused } from './refused.ts';
import { isRunId } from './run-id.ts';
import { printRun } from './run-report.ts';
import { told } from './told.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

type RunPage = Told<'getRun', 200>;

export type Waiting = { wait?: true; timeout?: number };

/** The options of a command that asks for a run. */
export const withWaiting = (command: Command) =>
  command
    .option('--wait', 'wait for the end and show the progress')
    .option('--timeout <seconds>', 'with --wait: how long at most; the run itself goes on', seconds);

/** Asks at a door; the exit code is 1 when, with --wait, the run fails. */
export async function askForRun(
  command: Command,
  ask: (doors: Doors) => Promise<RunPage>,
  { wait, timeout }: Waiting,
): Promise<void> {
  if (timeout !== undefined && !wait) throw new UsageError('--timeout goes with --wait.');
  const doors = doorsOf(command);
  const asJson = wantsJson(command);
  const run = await ask(doors).catch(async (error: unknown) => {
    const live = error instanceof Refused ? error.problem?.live_run : undefined;
    if (live) await showLive(doors, live, asJson).catch(() => {});
    throw error;
  });
  if (wait) {
    process.exitCode = await followRun(doors, run, { asJson, timeout });
    return;
  }
  if (asJson) return printJson(run);
  print(visible(`Run ${run.run_id} of ${run.component}: ${run.status ?? run.request?.state ?? 'accepted'}`));
  note(`Follow it: npx kubescribe run ${visible(run.run_id)}`);
}

/** Shows the run that stands in the way, by its id alone: the address is the server's word. */
async function showLive(doors: Doors, url: string, asJson: boolean): Promise<void> {
  const id = url.split('/').at(-1) ?? '';
  if (!isRunId(id)) return;
  const run = await told(getRun, doors.GET('/runs/{run_id}', { params: { path: { run_id: id } } }));
  if (asJson) printJson(run);
  else printRun(run);
}
