import { type Command, Option } from 'commander';
import { resetWatermark } from '../lib/contract/watermarks.ts';
import { doorsOf } from './doors.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { told } from './told.ts';
import { visible } from './visible.ts';

/** Adds `kubescribe watermark` to the program. */
export function register(program: Command): void {
  program
    .command('watermark')
    .description('what a pipeline goes on from')
    .command('reset')
    .description('makes the next run read the whole source again; what is in order stays as it is')
    .argument('<pipeline>', 'its name')
    .addOption(new Option('--to <place>', 'how far back').choices(['full']).default('full'))
    .requiredOption('--why <reason>', 'why, as it is kept in the audit')
    .action(reset);
}

async function reset(pipeline: string, { why }: { why: string }, command: Command): Promise<void> {
  const path = { name: pipeline };
  const answer = await told(
    resetWatermark,
    doorsOf(command).POST('/pipelines/{name}/watermark/reset', {
      params: { path },
      body: { to: 'full', why },
    }),
  );
  if (wantsJson(command)) return printJson(answer);
  print(visible(`The next run of ${answer.pipeline} reads everything again.`));
  note(visible(`Ask for it: npx kubescribe trigger ${answer.pipeline} --wait`));
}
