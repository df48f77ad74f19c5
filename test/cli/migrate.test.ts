import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { register } from '../../cli/migrate.ts';
import { createProgram } from '../../cli/program.ts';
import { printSql, reportMigrations, runlogMigrations } from '../../lib/db/migrate.ts';
import { run } from '../infra/doors.ts';
import { test } from '../setup/fixtures.ts';

const SETTINGS = ['RUNLOG_DB_URL', 'OPSLOG_DB_URL', 'REPORT_DB_URL', 'KUBESCRIBE_HOME'];
const DEFINE = join(import.meta.dirname, '../../lib/pipeline/define.ts');

/** Runs `kubescribe migrate` with these settings; returns what it said, or throws what it refused. */
async function migrate(args: string[], settings: Record<string, string>): Promise<string> {
  const said: string[] = [];
  for (const name of SETTINGS) vi.stubEnv(name, settings[name] ?? '');
  vi.stubEnv('KUBESCRIBE_PIPELINES', settings.KUBESCRIBE_PIPELINES ?? folder());
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const program = createProgram().configureOutput({ writeErr: () => {} });
  register(program);
  try {
    await program.parseAsync(['migrate', ...args], { from: 'user' });
  } finally {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  }
  return said.join('').trimEnd();
}

test('migrate applies, reports and undoes', async ({ empty }) => {
  const runlog = { RUNLOG_DB_URL: empty };

  expect(await migrate(['--status'], runlog)).toMatch(
    /^000001_initial_schema +pending\n[\s\S]*\n0 applied, \d+ pending$/,
  );
  expect(await migrate([], runlog)).toMatch(
    /^Applied 000001_initial_schema\nApplied 000002_column-job-run-logs\n/,
  );
  expect(await migrate([], { OPSLOG_DB_URL: empty })).toBe('Nothing to do: all migrations are applied.');
  expect(await migrate(['--status'], runlog)).toMatch(
    /^000001_initial_schema +applied \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/,
  );
  expect(await migrate(['--down', '999'], runlog)).toMatch(/\nUndid 000001_initial_schema$/);
  expect(await migrate(['--down', '1'], runlog)).toBe('Nothing to undo: no migration is applied.');
});

test('migrate --report works on the report database alone', async ({ empty }) => {
  expect(await migrate(['--report'], { REPORT_DB_URL: empty })).toMatch(
    /^Applied 000001_kubescribe_schema\n(Applied \d{6}_\w+\n?)+$/,
  );
});

test('migrate writes schedules, and writes them again only when they change', async ({ runlog, connect }) => {
  const settings = { RUNLOG_DB_URL: runlog, KUBESCRIBE_PIPELINES: folder() };
  const declareAt = (cron: string) =>
    writeFileSync(
      join(settings.KUBESCRIBE_PIPELINES, `nightly-${cron[0]}.ts`),
      `import { pipeline } from '${DEFINE}';
       import { z } from '${import.meta.resolve('zod')}';
       export default pipeline('nightly', { schedule: '${cron}', timezone: 'UTC', params: z.object({}), tasks: [{ name: 'nothing' }] });`,
    );
  declareAt('1 2 * * *');
  const first = await migrate([], settings);
  const second = await migrate([], settings);
  rmSync(join(settings.KUBESCRIBE_PIPELINES, 'nightly-1.ts'));
  declareAt('5 2 * * *');
  const third = await migrate([], settings);

  const nothing = 'Nothing to do: all migrations are applied.';
  const wrote = `${nothing}\nWrote the schedule of nightly`;
  expect([first, second, third]).toEqual([wrote, nothing, wrote]);
  const { rows } = await (await connect(runlog)).query(
    'select cron, valid_until is null as current from schedules order by schedule_id',
  );
  expect(rows).toEqual([
    { cron: '1 2 * * *', current: false },
    { cron: '5 2 * * *', current: true },
  ]);
});

test('migrate --test says to what it is connected', async ({ runlog }) => {
  expect(await migrate(['--test'], { RUNLOG_DB_URL: runlog })).toMatch(
    /^Connected to t_runlog_\w+ as kubescribe on PostgreSQL 18/,
  );
});

test('migrate --sql prints the canonical DDL without a database', async () => {
  expect(await migrate(['--sql'], {})).toBe((await printSql(runlogMigrations)).trimEnd());
  expect(await migrate(['--sql', '--report'], {})).toBe((await printSql(reportMigrations)).trimEnd());
});

test('without a setting the database of make run is taken', async ({ runlog, report }) => {
  const home = folder();
  const nothing = /RUNLOG_DB_URL is not set, and nothing was started in/;

  await expect(migrate(['--test'], { KUBESCRIBE_HOME: home })).rejects.toThrow(nothing);
  writeFileSync(
    join(home, 'local.json'),
    JSON.stringify({ url: 'http://localhost:1', databases: { runlog, report } }),
  );

  expect(await migrate(['--test'], { KUBESCRIBE_HOME: home })).toMatch(/^Connected to t_runlog_/);
  expect(await migrate(['--test', '--report'], { KUBESCRIBE_HOME: home })).toMatch(/^Connected to t_report_/);
});

test('each answer is to be had as JSON', async ({ empty }) => {
  const ask = async (...args: string[]) =>
    JSON.parse(await migrate([...args, '-o', 'json'], { RUNLOG_DB_URL: empty }));

  expect(await ask('--test')).toMatchObject({ user: 'kubescribe' });
  expect((await ask('--status'))[0]).toEqual({ version: '000001', name: 'initial_schema', state: 'pending' });
  expect(await ask()).toEqual({ applied: expect.arrayContaining(['000001_initial_schema']), schedules: [] });
  expect(await ask('--down', '999')).toEqual({ undone: expect.arrayContaining(['000001_initial_schema']) });
});

test('a schema that a later release made is refused, but with --or-newer it is well', async ({
  runlog,
  connect,
}) => {
  const sql = await connect(runlog);
  await sql.query("insert into schema_migrations (version, name, checksum) values ('999999', 'later', 'x')");
  const settings = { RUNLOG_DB_URL: runlog };

  await expect(migrate([], settings)).rejects.toThrow(/use the newer version/);
  expect(await migrate(['--or-newer'], settings)).toBe('Nothing to do: a later release made this schema.');
  await sql.query("update schema_migrations set checksum = 'other' where version = '000001'");
  await expect(migrate(['--or-newer'], settings)).rejects.toThrow(/has changed since it was applied/);
});

test('migrate --status of a changed step ends with exit code 1', async ({ runlog, connect }) => {
  await (await connect(runlog)).query(`update schema_migrations set checksum = '' where version = '000002'`);

  const { code, stdout, stderr } = await run(process.execPath, ['cli/kubescribe.ts', 'migrate', '--status'], {
    RUNLOG_DB_URL: runlog,
  });

  expect(code).toBe(1);
  expect(stdout).toMatch(/^000002_column-job-run-logs +changed /m);
  expect(stderr).toContain('Restore the files that changed');
});

test.for([[['--down', '0']], [['--down', 'all']], [['--status', '--sql']], [['--unknown']]] as const)(
  'a wrong option is refused before anything is touched: %s',
  async ([args], { empty }) => {
    await expect(migrate([...args], { RUNLOG_DB_URL: empty })).rejects.toMatchObject({ exitCode: 1 });
    expect(await migrate(['--status'], { RUNLOG_DB_URL: empty })).toMatch(/\n0 applied/);
  },
);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'kubescribe-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
