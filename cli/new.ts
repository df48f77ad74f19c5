import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { type Config, loadConfig, ROOT } from '../lib/config.ts';
import { connect } from '../lib/db/connect.ts';
import { ingestSpec } from '../lib/ingest/check-spec.ts';
import { draftIngest } from '../lib/preflight/draft.ts';
import { pipelineText, testText } from '../lib/preflight/draft-files.ts';
import { type TableFacts, tableFacts } from '../lib/preflight/table-facts.ts';
import { targetSql } from '../lib/preflight/target.ts';
import { type Database, databaseUrl } from './database-url.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { UsageError } from './usage-error.ts';
import { visible } from './visible.ts';

type Options = { from?: string; into?: string };

/** Adds `kubescribe new` to the program. */
export function register(program: Command): void {
  program
    .command('new')
    .description('writes files to begin with')
    .command('pipeline')
    .description('writes a pipeline and its test, guessed from the tables where they can be reached')
    .argument('<name>', 'lower case letters, digits and dashes')
    .option('--from <table>', 'the table of production (default: the name)')
    .option('--into <table>', 'the table of the report database (default: that of --from without its schema)')
    .action(newPipeline);
}

async function newPipeline(name: string, options: Options, command: Command): Promise<void> {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
    throw new UsageError('The name must be lower case letters, digits and dashes.');
  const config = loadConfig();
  const from = options.from ?? name.replaceAll('-', '_');
  const into = options.into ?? from.split('.').at(-1) ?? from;
  const [source, target] = [await look(config, 'prod', from), await look(config, 'report', into)];
  const spec = ingestSpec(draftIngest({ from, into, source, target }));
  const file = join(config.pipelines, `${name}.ts`);
  const test = join(dirname(config.pipelines), 'test/pipelines', `${name}.test.ts`);
  const taken = [file, test].find((path) => existsSync(path));
  if (taken) throw new UsageError(`${taken} is there already.`);
  write(file, pipelineText(name, spec, path(dirname(file), join(ROOT, 'lib'))));
  write(
    test,
    testText(name, spec, path(dirname(test), config.pipelines), path(dirname(test), join(ROOT, 'test'))),
  );
  const sql = target ? undefined : targetSql(spec);
  if (wantsJson(command)) return printJson({ pipeline: file, test, ...(sql && { sql }) });
  print(visible(file));
  print(visible(test));
  if (!source)
    note(visible(`The columns are to be filled in: production's table "${from}" could not be looked at.`));
  if (sql) note(`Make its table in the report database, where it is missing:\n${sql};`);
  note(`Then: npx kubescribe pipeline check ${name}`);
}

/** What is known of a table; nothing when the database cannot be asked. */
async function look(config: Config, database: Database, name: string): Promise<TableFacts | undefined> {
  try {
    const client = await connect(databaseUrl(config, database), { name: 'kubescribe new' });
    return await tableFacts(client, name).finally(() => client.end());
  } catch {
    return undefined;
  }
}

const path = (from: string, to: string) => {
  const way = relative(from, to);
  return way.startsWith('.') ? way : `./${way}`;
};

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { flag: 'wx' });
}
