import type { Command } from 'commander';
import { pausePipeline } from '../lib/contract/schedules.ts';
import { doorsOf } from './doors.ts';
import { pauseText } from './pause-text.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { told } from './told.ts';
import { visible } from './visible.ts';

/** Adds `kubescribe pause` to the program. */
export function register(program: Command): void {
  program
    .command('pause')
    .description("pauses a pipeline's schedule: its slots are skipped until it is resumed")
    .argument('<pipeline>', 'its name')
    .requiredOption('--why <reason>', 'why, as it is kept and shown')
    .action(pause);
}

async function pause(pipeline: string, { why }: { why: string }, command: Command): Promise<void> {
  const params = { path: { name: pipeline } };
  const asking = doorsOf(command).POST('/pipelines/{name}/pause', { params, body: { why } });
  const answer = await told(pausePipeline, asking);
  if (wantsJson(command)) return printJson(answer);
  const words = answer.changed ? 'is paused' : 'was paused before';
  print(visible(`${answer.pipeline} ${words}${answer.pause ? `, ${pauseText(answer.pause)}` : ''}`));
  note(visible(`Resume it: npx kubescribe resume ${answer.pipeline}`));
}
