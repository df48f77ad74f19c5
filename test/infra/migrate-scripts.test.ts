import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { migrateDown, migrateUp, migrationStatus, runlogMigrations } from '../../lib/db/migrate.ts';
import { catalogue } from '../lib/db/catalogue.ts';
import { test as base } from '../setup/fixtures.ts';
import { fakeDocker, noPsql, type Outcome, run, scripts } from './doors.ts';

if (noPsql) console.log(`infra/migrate*.sh are not tried: ${noPsql}`);
const test = noPsql ? base.skip : base;

type Door = (script: ReturnType<typeof scripts>, url: string, ...options: string[]) => Promise<Outcome>;

const doors: [string, Door][] = [
  ['migrate.sh', ({ door }, url, ...options) => run(door('migrate.sh'), options, { POSTGRES_URL: url })],
  [
    'migrate-docker.sh',
    ({ door }, url, ...options) => {
      const { username, pathname } = new URL(url);
      const names = { POSTGRES_USER: username, POSTGRES_DB: pathname.slice(1) };
      return run(door('migrate-docker.sh'), options, { ...fakeDocker(url).env, ...names });
    },
  ],
];
const two = {
  '000001_first': 'create table first (id int primary key);',
  '000002_second': 'create table second ();',
};

for (const [name, door] of doors) {
  test(`${name} applies what is pending and kubescribe finds the same done`, async ({ empty, connect }) => {
    const script = scripts();
    const client = await connect(empty);
    const applied = await door(script, empty);
    const again = await door(script, empty);
    const made = await catalogue(client);

    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toMatch(/^Applied 000001_initial_schema\nApplied 000002_column-job-run-logs\n/);
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Nothing to do: all \d+ migrations are applied\.\n$/),
    });
    expect(await migrateUp(empty, runlogMigrations)).toEqual([]);
    await migrateDown(empty, runlogMigrations, 999);
    await migrateUp(empty, runlogMigrations);
    expect(await catalogue(client)).toEqual(made);
  });

  test(`${name} finds nothing to do after kubescribe`, async ({ empty }) => {
    await migrateUp(empty, runlogMigrations);

    const status = await door(scripts(), empty, '--status');

    expect(await door(scripts(), empty)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Nothing to do/),
    });
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n\d+ applied, 0 pending\n$/) });
  });

  test(`${name} --status lists what is applied and what is pending, and changes nothing`, async ({
    empty,
  }) => {
    const script = scripts(two);

    const { code, stdout } = await door(script, empty, '--status');

    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.replace(/\s+/g, ' '))).toEqual([
      '000001_first pending',
      '000002_second pending',
      '0 applied, 2 pending',
      '',
    ]);
    expect((await migrationStatus(empty, { folder: script.folder, history: 'public' })).length).toBe(2);
  });

  test(`${name} --test says to what it is connected`, async ({ empty }) => {
    const { code, stdout } = await door(scripts(two), empty, '--test');

    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Connected to t_empty_\w+ as kubescribe on PostgreSQL 18/),
    });
  });

  test(`${name} rolls a failed step back whole and names file and line, not the row`, async ({
    empty,
    connect,
  }) => {
    const bad = "create table bad (id int);\n\ninsert into bad\n  values ('row-value-77');\n";

    const { code, stderr } = await door(scripts({ ...two, '000003_bad': bad }), empty);

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /000003_bad\.up\.sql:4: ERROR: {2}invalid input syntax for type integer: "…".*The step was rolled back whole\.$/m,
    );
    expect(stderr).not.toContain('row-value');
    const { rows } = await (await connect(empty)).query(
      `select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
    );
    expect(rows.map(({ relname }) => relname)).toEqual(['first', 'schema_migrations', 'second']);
  });

  test(`${name} stops at a changed and at a missing file, naming it`, async ({ empty }) => {
    const script = scripts(two);
    await door(script, empty);
    appendFileSync(join(script.folder, '000002_second.up.sql'), '-- later thought\n');

    const changed = await door(script, empty);
    const status = await door(script, empty, '--status');
    rmSync(join(script.folder, '000002_second.up.sql'));
    const missing = await door(script, empty);

    expect(changed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/000002_second\.up\.sql has changed since/),
    });
    expect(status).toMatchObject({ code: 1, stdout: expect.stringMatching(/000002_second +changed/) });
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/000002_second\.up\.sql is applied here, but the file is missing/),
    });
  });
}

test('scripts and kubescribe racing apply each step once', async ({ empty }) => {
  const script = scripts({ ...two, '000003_slow': 'select pg_sleep(0.3);' });
  const set = { folder: script.folder, history: 'public' as const };

  const [ours, ...theirs] = await Promise.all([
    migrateUp(empty, set),
    ...doors.map(([, door]) => door(script, empty)),
  ]);

  const said = theirs.flatMap(({ stdout }) => stdout.match(/Applied \w+/g) ?? []);
  expect(theirs.map(({ code }) => code)).toEqual([0, 0]);
  expect([...said, ...ours.map((name) => `Applied ${name}`)].sort()).toEqual([
    'Applied 000001_first',
    'Applied 000002_second',
    'Applied 000003_slow',
  ]);
});

test('migrate.sh takes RUNLOG_DB_URL, or the old OPSLOG_DB_URL, when POSTGRES_URL is not set', async ({
  empty,
}) => {
  const { door } = scripts(two);

  for (const name of ['RUNLOG_DB_URL', 'OPSLOG_DB_URL']) {
    expect(await run(door('migrate.sh'), ['--test'], { [name]: empty })).toMatchObject({ code: 0 });
  }
});

test('migrate.sh says what to do when the database does not answer', async ({ empty }) => {
  const url = new URL(empty);
  url.pathname = 'no_such_database';

  const { code, stderr } = await run(scripts(two).door('migrate.sh'), [], { POSTGRES_URL: url.href });

  expect(code).toBe(1);
  expect(stderr).toMatch(
    /database "no_such_database" does not exist[\s\S]*Set POSTGRES_URL, or: docker-compose -f infra\/docker-compose.yml up -d/,
  );
});

test('migrate-docker.sh goes into rtmh_postgres as rtuser to rt_monitoring unless told otherwise', async ({
  empty,
}) => {
  const docker = fakeDocker(empty);
  const script = scripts(two).door('migrate-docker.sh');

  await run(script, ['--test'], docker.env);
  const other = await run(script, ['--test'], { ...docker.env, POSTGRES_CONTAINER: 'my_postgres_container' });

  expect(docker.asked()[0]).toMatch(/^exec -i rtmh_postgres psql -U rtuser -d rt_monitoring /);
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(
    /No such container: my_postgres_container[\s\S]*Is my_postgres_container up\? docker-compose/,
  );
});

test('an unknown option is answered with the usage', async () => {
  const { code, stderr } = await run(scripts(two).door('migrate.sh'), ['--force'], {});

  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^Usage: .*--status \| --test/),
  });
});
