import type { Command } from 'commander';
import { loadConfig } from '../lib/config.ts';
import { connect } from '../lib/db/connect.ts';
import { findPipeline } from '../lib/pipeline/load.ts';
import { examine } from '../lib/preflight/examine.ts';
import type { Finding } from '../lib/preflight/finding.ts';
import { databaseUrl } from './database-url.ts';
import { tryOut } from './pipeline-dry-run.ts';
import { colour, print, printJson, wantsJson } from './print.ts';
import { wholeNumber } from './program.ts';
import { visible, visibleLines } from './visible.ts';

const SECOND = 1000;
/** A table without an index may be sought through. */
const PATIENCE = 60 * SECOND;

/** Adds `kubescribe pipeline` to the program. */
export function register(program: Command): void {
  const pipeline = program
    .command('pipeline')
    .description('looks at a pipeline file and at the databases that it is for');
  pipeline
    .command('check')
    .description('says what its databases lack for it; exit code 1 when it could not run')
    .argument('<pipeline>', 'its name, or its file')
    .action(check);
  pipeline
    .command('dry-run')
    .description('judges the newest rows of its sources as a run would, and keeps nothing')
    .argument('<pipeline>', 'its name, or its file')
    .option('--rows <n>', 'how many of each source, 100000 at most', wholeNumber, 1000)
    .action(tryOut);
}

async function check(named: string, _options: object, command: Command): Promise<void> {
  const config = loadConfig();
  const pipeline = await findPipeline(config.pipelines, named);
  const findings: Finding[] = [];
  const production = await connect(databaseUrl(config, 'prod'), {
    name: 'kubescribe check',
    statementTimeout: PATIENCE,
  });
  try {
    const report = await connect(databaseUrl(config, 'report'), {
      name: 'kubescribe check',
      statementTimeout: PATIENCE,
    });
    try {
      for await (const finding of examine(production, report, pipeline)) {
        findings.push(finding);
        if (!wantsJson(command)) printFinding(finding);
      }
    } finally {
      await report.end();
    }
  } finally {
    await production.end();
  }
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  if (wantsJson(command)) printJson({ pipeline: pipeline.name, ok: count('fail') === 0, findings });
  else print(`${pipeline.name}: ${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail`);
  if (count('fail') > 0) process.exitCode = 1;
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

function printFinding({ level, task, what, mend, sql }: Finding): void {
  const how = mend ? `  — ${visible(mend)}` : '';
  print(`${colour(colours[level], level.padEnd(4))}  ${visible(task)}: ${visible(what)}${how}`);
  if (sql) for (const line of visibleLines(`${sql};`)) print(`      ${line}`);
}
