#!/usr/bin/env node
/** `kubescribe`: asks for runs, looks at them, and says what is wrong with the set-up. */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';

type Registers = { register(program: Command): void };

const commands: Record<string, () => Promise<Registers>> = {
  trigger: () => import('./trigger.ts'),
  cancel: () => import('./cancel.ts'),
  replay: () => import('./replay.ts'),
  runs: () => import('./runs.ts'),
  run: () => import('./run.ts'),
  logs: () => import('./logs.ts'),
  diff: () => import('./diff.ts'),
  calendar: () => import('./calendar.ts'),
  backfill: () => import('./backfill.ts'),
  report: () => import('./report.ts'),
  passport: () => import('./passport.ts'),
  operations: () => import('./operations.ts'),
  audit: () => import('./audit.ts'),
  event: () => import('./event.ts'),
  'dead-letters': () => import('./dead-letters.ts'),
  pause: () => import('./pause.ts'),
  resume: () => import('./resume.ts'),
  reconcile: () => import('./reconcile.ts'),
  watermark: () => import('./watermark.ts'),
  new: () => import('./new.ts'),
  pipeline: () => import('./pipeline.ts'),
  schedule: () => import('./schedule.ts'),
  'log-level': () => import('./log-level.ts'),
  manifests: () => import('./manifests.ts'),
  retention: () => import('./retention.ts'),
  tables: () => import('./tables.ts'),
  purge: () => import('./purge.ts'),
  archive: () => import('./archive.ts'),
  backup: () => import('./backup.ts'),
  verify: () => import('./verify.ts'),
  restore: () => import('./restore.ts'),
  work: () => import('./work.ts'),
  migrate: () => import('./migrate.ts'),
  roles: () => import('./roles.ts'),
  doctor: () => import('./doctor.ts'),
  deploy: () => import('./deploy.ts'),
  demo: () => import('./demo.ts'),
};

const USAGE = 2;
const NO_ERROR = new Set(['commander.helpDisplayed', 'commander.version', 'commander.help']);

// Compiled code that is kept halves the time to the first line.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)));
// A reader that has seen enough (`| head`) ends us without a word; nobody then knows how it would have ended.
process.stdout.on('error', () => process.exit(1));
process.exitCode = await main(process.argv.slice(2)).catch(failed);

async function main(args: string[]): Promise<number | undefined> {
  const { createProgram } = await import('./program.ts');
  const program = createProgram();
  // A command's modules are read only when it is called; help and typing errors need them all.
  const called = Object.keys(commands).filter((name) => args.includes(name));
  for (const name of called.length > 0 ? called : Object.keys(commands)) {
    (await commands[name]?.())?.register(program);
  }
  await program.parseAsync(args, { from: 'user' });
  return process.exitCode === undefined ? 0 : Number(process.exitCode);
}

async function failed(error: unknown): Promise<number> {
  if (isMissingPackage(error)) {
    process.stderr.write('error: Packages are missing or were updated: run `make install`.\n');
    return 1;
  }
  const { CommanderError } = await import('commander');
  if (error instanceof CommanderError) {
    // Help that nobody asked for stands in for a command that is missing.
    return NO_ERROR.has(error.code) && error.exitCode === 0 ? 0 : USAGE;
  }
  const { UsageError } = await import('./usage-error.ts');
  const { visible } = await import('./visible.ts');
  const { redact } = await import('../lib/logs/redact.ts');
  const message = error instanceof Error ? error.message || error.name : String(error);
  process.stderr.write(`error: ${visible(redact(message))}\n`);
  return error instanceof UsageError ? USAGE : 1;
}

function isMissingPackage(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    /Cannot find package/.test(error.message)
  );
}
