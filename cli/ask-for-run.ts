/** Asking for a run, with what is shown of it: its id, its way to the end, or the run that stands in its way. */
import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, apiOf, Refused, read } from './api.ts';
import { followRun } from './follow-run.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { seconds } from './program.ts';
import { printRun } from './run-report.ts';
import { isRunId, RunPage } from './run-shape.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

export type Waiting = { wait?: true; timeout?: number };

/** The options of a command that asks for a run. */
export const withWaiting = (command: Command) =>
  command
    .option('--wait', 'wait for the end and show the progress')
    .option('--timeout <seconds>', 'with --wait: how long at most; the run itself goes on', seconds);

/** Asks at a path; the exit code is 1 when, with --wait, the run fails. */
export async function askForRun(
  command: Command,
  path: string,
  wish: object,
  { wait, timeout }: Waiting,
): Promise<void> {
  if (timeout !== undefined && !wait) throw new UsageError('--timeout goes with --wait.');
  const api = apiOf(command);
  const asJson = wantsJson(command);
  const body = await ask(api, path, wish, asJson);
  if (wait) {
    process.exitCode = await followRun(api, body, { asJson, timeout });
    return;
  }
  if (asJson) return printJson(body);
  const run = read(RunPage, body, api.url);
  const state = run.status ?? run.request?.state ?? 'accepted';
  print(visible(`Run ${run.run_id} of ${run.component ?? 'a pipeline'}: ${state}`));
  note(`Follow it: npx kubescribe run ${visible(run.run_id)}`);
}

const Skipped = z.object({ live_run: z.string() });

async function ask(api: Api, path: string, wish: object, asJson: boolean): Promise<unknown> {
  try {
    return (await api.post(path, wish)).body;
  } catch (error) {
    if (error instanceof Refused && error.status === 409) {
      const skipped = Skipped.safeParse(error.problem);
      if (skipped.success) await showLive(api, skipped.data.live_run, asJson).catch(() => {});
    }
    throw error;
  }
}

/** Shows the run that stands in the way, by its id alone: the address is the server's word. */
async function showLive(api: Api, url: string, asJson: boolean): Promise<void> {
  const id = url.split('/').at(-1) ?? '';
  if (!isRunId(id)) return;
  const { body } = await api.get(`/runs/${id}`);
  if (asJson) printJson(body);
  else printRun(read(RunPage, body, api.url));
}
