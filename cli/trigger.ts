import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, apiOf, Refused, read } from './api.ts';
import { followRun } from './follow-run.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { jsonObject, seconds } from './program.ts';
import { printRun } from './run-report.ts';
import { isRunId, RunPage } from './run-shape.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

type Options = { params?: object; wait?: true; timeout?: number };

/** Adds `kubescribe trigger` to the program. */
export function register(program: Command): void {
  program
    .command('trigger')
    .description('asks for a run; exit code 1 when it is refused or, with --wait, when it fails')
    .argument('[pipeline]', 'its name; else the pipeline marked default: true')
    .option('--params <json>', 'its params, a JSON object', jsonObject)
    .option('--wait', 'wait for the end and show the progress')
    .option('--timeout <seconds>', 'with --wait: how long at most; the run itself goes on', seconds)
    .action(trigger);
}

async function trigger(pipeline: string | undefined, options: Options, command: Command): Promise<void> {
  if (options.timeout !== undefined && !options.wait) throw new UsageError('--timeout goes with --wait.');
  const api = apiOf(command);
  const asJson = wantsJson(command);
  const body = await askFor(api, { pipeline, params: options.params }, asJson);
  if (options.wait) {
    process.exitCode = await followRun(api, body, { asJson, timeout: options.timeout });
    return;
  }
  if (asJson) return printJson(body);
  const run = read(RunPage, body, api.url);
  const state = run.status ?? run.request?.state ?? 'accepted';
  print(visible(`Run ${run.run_id} of ${run.component ?? 'a pipeline'}: ${state}`));
  note(`Follow it: npx kubescribe run ${visible(run.run_id)}`);
}

const Skipped = z.object({ live_run: z.string() });

async function askFor(api: Api, wish: object, asJson: boolean): Promise<unknown> {
  try {
    return (await api.post('/runs/trigger', wish)).body;
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
