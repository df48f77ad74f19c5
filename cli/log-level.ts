import { Argument, type Command } from 'commander';
import { LEVELS, type LogLine } from '../lib/contract/log-line.ts';
import { setLogLevel } from '../lib/contract/write-logs.ts';
import { doorsOf } from './doors.ts';
import { print, printJson, wantsJson } from './print.ts';
import { told } from './told.ts';
import { visible } from './visible.ts';

/** Adds `kubescribe log-level` to the program. */
export function register(program: Command): void {
  program
    .command('log-level')
    .description('says how much is kept of what the runs of a pipeline log; live ones heed it within seconds')
    .argument('<pipeline>', 'its name')
    .addArgument(new Argument('<level>', 'the least that is kept').choices(LEVELS))
    .option('--why <reason>', 'why, as it is kept and shown')
    .action(setLevel);
}

async function setLevel(
  pipeline: string,
  level: LogLine['level'],
  { why }: { why?: string },
  command: Command,
): Promise<void> {
  const params = { path: { name: pipeline } };
  const body = { level, ...(why !== undefined && { why }) };
  const answer = await told(
    setLogLevel,
    doorsOf(command).PUT('/pipelines/{name}/log-level', { params, body }),
  );
  if (wantsJson(command)) return printJson(answer);
  const words = answer.changed ? 'keeps' : 'kept before';
  print(visible(`${answer.pipeline} ${words} what is ${answer.level} or worse`));
}
