import type { Command } from 'commander';
import { resumePipeline } from '../lib/contract/schedules.ts';
import { doorsOf } from './doors.ts';
import { pauseText } from './pause-text.ts';
import { print, printJson, wantsJson } from './print.ts';
import { told } from './told.ts';
import { visible } from './visible.ts';

/** Adds `kubescribe resume` to the program. */
export function register(program: Command): void {
  program
    .command('resume')
    .description("resumes a pipeline's schedule: slots from now on are run again")
    .argument('<pipeline>', 'its name')
    .option('--why <reason>', 'why, as it is kept and shown')
    .action(resume);
}

async function resume(pipeline: string, { why }: { why?: string }, command: Command): Promise<void> {
  const params = { path: { name: pipeline } };
  const asking = doorsOf(command).POST('/pipelines/{name}/resume', { params, body: { why } });
  const answer = await told(resumePipeline, asking);
  if (wantsJson(command)) return printJson(answer);
  const { changed, pause } = answer;
  const words = changed && pause ? `is resumed; it was paused ${pauseText(pause)}` : 'was not paused';
  print(visible(`${answer.pipeline} ${words}`));
}
