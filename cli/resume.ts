import type { Command } from 'commander';
import { apiOf, read } from './api.ts';
import { PauseAnswer, pauseText } from './pause-shape.ts';
import { print, printJson, wantsJson } from './print.ts';
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
  const api = apiOf(command);
  const { body } = await api.post(`/pipelines/${encodeURIComponent(pipeline)}/resume`, { why });
  if (wantsJson(command)) return printJson(body);
  const answer = read(PauseAnswer, body, api.url);
  const { changed, pause } = answer;
  const words = changed && pause ? `is resumed; it was paused ${pauseText(pause)}` : 'was not paused';
  print(visible(`${answer.pipeline} ${words}`));
}
