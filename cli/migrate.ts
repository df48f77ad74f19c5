import { type Command, Option } from 'commander';
import { accountOf } from '../lib/audit/account.ts';
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
import { note, print, printJson, wantsJson } from './print.ts';
import { wholeNumber } from './program.ts';

type Options = {
  status?: true;
  test?: true;
  down?: number;
  sql?: true;
  report?: true;
  orNewer?: true;
};

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
    .addOption(alone(new Option('--down <count>', 'undo the newest migrations').argParser(wholeNumber)))
    .addOption(alone(new Option('--sql', 'print the whole schema as SQL, without a database')))
    .option('--report', "do it for KubeScribe's schema in the report database")
    .option('--or-newer', 'a schema that a later release made is well: for going back to an earlier one')
    .action(migrate);
}

async function migrate(options: Options, command: Command): Promise<void> {
  const set = options.report ? reportMigrations : runlogMigrations;
  if (options.sql) return print((await printSql(set)).trimEnd());
  const config = loadConfig();
  const url = databaseUrl(config, options.report ? 'report' : 'runlog');
  const json = wantsJson(command);
  const say = json ? () => {} : print;

  if (options.test) {
    const connection = await testConnection(url);
    const { database, user, version } = connection;
    say(`Connected to ${database} as ${user} on PostgreSQL ${version}`);
    if (json) printJson(connection);
  } else if (options.status) {
    const steps = await migrationStatus(url, set);
    if (json) printJson(steps);
    showStatus(steps, say);
  } else if (options.down !== undefined) {
    const undone = await migrateDown(url, set, options.down, (name) => say(`Undid ${name}`));
    if (undone.length === 0) say('Nothing to undo: no migration is applied.');
    if (json) printJson({ undone });
  } else {
    const isNewer = options.orNewer === true && fromLater(await migrationStatus(url, set));
    const applied = isNewer ? [] : await migrateUp(url, set, (name) => say(`Applied ${name}`));
    if (isNewer) say('Nothing to do: a later release made this schema.');
    else if (applied.length === 0) say('Nothing to do: all migrations are applied.');
    const schedules = options.report ? [] : await writeSchedules(url, config);
    for (const name of schedules) say(`Wrote the schedule of ${name}`);
    if (json) printJson({ applied, schedules });
  }
}

/** Whether all that this code has is applied, and only later steps beside it. */
function fromLater(steps: readonly MigrationState[]): boolean {
  const own = steps.filter(({ state }) => state !== 'missing');
  const later = steps.filter(({ state }) => state === 'missing');
  const newest = own.at(-1)?.version ?? '';
  return (
    later.length > 0 &&
    own.every(({ state }) => state === 'applied') &&
    later.every(({ version }) => version > newest)
  );
}

async function writeSchedules(url: string, config: Config): Promise<string[]> {
  const pipelines = await loadPipelines(config.pipelines);
  const db = openRunLog(url, { name: 'kubescribe migrate', max: 1 });
  try {
    return await declare(db, pipelines, config.source, accountOf('kubescribe migrate'));
  } finally {
    await db.destroy();
  }
}

function showStatus(steps: MigrationState[], say: (line: string) => void): void {
  for (const { version, name, state, appliedAt } of steps) {
    const at = appliedAt ? ` ${appliedAt.toISOString().replace('T', ' ').slice(0, 19)} UTC` : '';
    say(`${`${version}_${name}`.padEnd(NAME_WIDTH)} ${state}${at}`);
  }
  const are = (wanted: string) => steps.filter(({ state }) => state === wanted).length;
  say(`${are('applied')} applied, ${are('pending')} pending`);
  if (are('changed') + are('missing') === 0) return;
  note('Restore the files that changed or went missing; what is applied stays as it was applied.');
  process.exitCode = 1;
}
