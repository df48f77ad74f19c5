import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Config, loadConfig } from '../lib/config.ts';
import { openRunLog } from '../lib/db/connect.ts';
import {
  type MigrationState,
  migrateDown,
  migrateUp,
  migrationStatus,
  printSql,
  reportMigrations,
  runlogMigrations,
  testConnection,
} from '../lib/db/migrate.ts';
import { loadPipelines } from '../lib/pipeline/load.ts';
import { declare } from '../lib/requests/declare.ts';
import { databaseUrl } from './database-url.ts';

type Options = { status?: true; test?: true; down?: number; sql?: true; report?: true };

const NAME_WIDTH = 44;

/** Adds `kubescribe migrate` to the program. */
export function register(program: Command): void {
  const alone = (option: Option) =>
    option.conflicts(['status', 'test', 'down', 'sql'].filter((name) => name !== option.attributeName()));
  program
    .command('migrate')
    .description("brings RunLog's schema up to date and writes the schedules of pipelines/")
    .addOption(alone(new Option('--status', 'list the migrations: applied, pending, changed or missing')))
    .addOption(alone(new Option('--test', 'connect and say to what')))
    .addOption(alone(new Option('--down <count>', 'undo the newest migrations').argParser(count)))
    .addOption(alone(new Option('--sql', 'print the whole schema as SQL, without a database')))
    .option('--report', "do it for KubeScribe's schema in the report database")
    .action(migrate);
}

async function migrate(options: Options): Promise<void> {
  const set = options.report ? reportMigrations : runlogMigrations;
  if (options.sql) {
    process.stdout.write(await printSql(set));
    return;
  }
  const config = loadConfig();
  const url = databaseUrl(config, options.report ? 'report' : 'runlog');
  if (options.test) return showConnection(url);
  if (options.status) return showStatus(await migrationStatus(url, set));
  if (options.down !== undefined) {
    const undone = await migrateDown(url, set, options.down, (name) => console.log(`Undid ${name}`));
    if (undone.length === 0) console.log('Nothing to undo: no migration is applied.');
    return;
  }
  const applied = await migrateUp(url, set, (name) => console.log(`Applied ${name}`));
  if (applied.length === 0) console.log('Nothing to do: all migrations are applied.');
  if (!options.report) await writeSchedules(url, config);
}

async function writeSchedules(url: string, config: Config): Promise<void> {
  const pipelines = await loadPipelines(config.pipelines);
  const db = openRunLog(url, { name: 'kubescribe migrate', max: 1 });
  try {
    for (const name of await declare(db, pipelines, config.source))
      console.log(`Wrote the schedule of ${name}`);
  } finally {
    await db.destroy();
  }
}

async function showConnection(url: string): Promise<void> {
  const { database, user, version } = await testConnection(url);
  console.log(`Connected to ${database} as ${user} on PostgreSQL ${version}`);
}

function showStatus(steps: MigrationState[]): void {
  for (const { version, name, state, appliedAt } of steps) {
    const at = appliedAt ? ` ${appliedAt.toISOString().replace('T', ' ').slice(0, 19)} UTC` : '';
    console.log(`${`${version}_${name}`.padEnd(NAME_WIDTH)} ${state}${at}`);
  }
  const are = (wanted: string) => steps.filter(({ state }) => state === wanted).length;
  console.log(`${are('applied')} applied, ${are('pending')} pending`);
  if (are('changed') + are('missing') === 0) return;
  console.error('Restore the files that changed or went missing; what is applied stays as it was applied.');
  process.exitCode = 1;
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a number from 1.');
  return Number(text);
}
