import { expect, onTestFinished } from 'vitest';
import { test, testOn16 } from '../../setup/fixtures.ts';
import { folder, nowhere } from '../command.ts';
import { changed, doctor, pipelineFile } from '../examine.ts';

test('a wrong user, an unknown database and an absent server are told apart, without passwords', async ({
  runlog,
}) => {
  const away = await nowhere();

  const { code, failing, findings } = await doctor({
    RUNLOG_DB_URL: changed(runlog, (url) => {
      url.username = 'nobody';
      url.password = 'secret-word';
    }),
    REPORT_DB_URL: changed(runlog, (url) => {
      url.pathname = '/no_such';
    }),
    PROD_DB_URL: `postgresql://u:secret-word@${away}/prod`,
  });

  const { host, pathname } = new URL(runlog);
  expect(code).toBe(1);
  expect(failing.map(({ what }) => what)).toEqual([
    `RunLog: ${host}${pathname} refuses user "nobody" or its password`,
    `Report database: there is no database "no_such" at ${host}/no_such`,
    `Production database: nothing answers at ${away}/prod (ECONNREFUSED)`,
  ]);
  expect(failing.map(({ mend }) => mend)).toEqual([
    'put the right one into RUNLOG_DB_URL',
    'create it, or put the right one into REPORT_DB_URL',
    'start that server, or put the right one into PROD_DB_URL',
  ]);
  expect(JSON.stringify(findings)).not.toContain('secret-word');
});

test('pending migrations name the command that applies them', async ({ empty }) => {
  const { failing } = await doctor({ RUNLOG_DB_URL: empty, REPORT_DB_URL: empty });

  expect(failing).toMatchObject([
    {
      what: expect.stringMatching(/^RunLog: (\d+) of \1 migrations are pending$/),
      mend: 'run `npx kubescribe migrate`',
    },
    {
      what: expect.stringMatching(/^Report database, schema kubescribe: (\d+) of \1 migrations are pending$/),
      mend: 'run `npx kubescribe migrate --report`',
    },
  ]);
});

test('a migration that was changed after it was applied is named', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  await client.query("update schema_migrations set checksum = 'other' where version = '000001'");

  const { failing } = await doctor({ RUNLOG_DB_URL: runlog });

  expect(failing).toMatchObject([{ what: expect.stringContaining('000001_initial_schema changed') }]);
});

test('another time zone of the database and unreadable production tables are found', async ({
  runlog,
  prod,
  connect,
}) => {
  const name = (url: string) => new URL(url).pathname.slice(1);
  const client = await connect(runlog);
  const role = `reader_${name(prod)}`;
  await client.query(`alter database ${name(runlog)} set timezone = 'Europe/Zurich'`);
  await client.query(`create role ${role} login password 'word'`);
  onTestFinished(async () => {
    const again = await connect(runlog);
    await again.query(`drop role ${role}`);
  });

  const { code, findings, failing } = await doctor({
    RUNLOG_DB_URL: runlog,
    PROD_DB_URL: changed(prod, (url) => {
      url.username = role;
      url.password = 'word';
    }),
  });

  expect(code).toBe(1);
  expect(failing).toMatchObject([
    { what: expect.stringMatching(/^Production database: none of its \d+ tables can be read$/) },
  ]);
  expect(findings).toContainEqual({
    level: 'warn',
    what: expect.stringContaining('Europe/Zurich'),
    mend: expect.stringContaining("set timezone = 'UTC'"),
  });
});

testOn16('PostgreSQL 16 is new enough', async ({ runlog }) => {
  const { code, findings } = await doctor({ RUNLOG_DB_URL: runlog });

  expect(code).toBe(0);
  expect(findings).toContainEqual({ level: 'ok', what: expect.stringMatching(/^RunLog: PostgreSQL 16\./) });
});

test('a schedule that RunLog does not have, or has otherwise, is found', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  const pipelines = folder({
    'a.ts': pipelineFile('a', '0 6 * * *'),
    'b.ts': pipelineFile('b', '0 6 * * *'),
  });
  await client.query("insert into pipelines (name) values ('b')");
  await client.query(
    "insert into schedules (pipeline, cron, timezone, written_by) values ('b', '0 7 * * *', 'UTC', 'pipeline file')",
  );

  const { failing } = await doctor({ RUNLOG_DB_URL: runlog, KUBESCRIBE_PIPELINES: pipelines });

  expect(failing.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      'Schedule of a: RunLog has none, so it never runs by itself',
      'Schedule of b: RunLog has "0 7 * * *", UTC, written by pipeline file; its file says "0 6 * * *", UTC',
    ]),
  );
});

test('an override and a pause are told with who and why, and are no fault', async ({ runlog, connect }) => {
  const client = await connect(runlog);
  const pipelines = folder({ 'b.ts': pipelineFile('b', '0 6 * * *') });
  await client.query("insert into pipelines (name) values ('b')");
  await client.query(
    `insert into schedules (pipeline, cron, timezone, written_by, why, origin, valid_from, valid_until)
     values ('b', '0 5 * * *', 'UTC', 'pipeline file', 'declared', 'file', '2026-01-01', '2026-02-01'),
            ('b', '0 7 * * *', 'UTC', 'ada', 'the source is late', 'override', '2026-02-01', null)`,
  );
  await client.query(
    `insert into pauses (pipeline, paused_at, paused_by, why) values ('b', '2026-03-01', 'eve', 'a move')`,
  );

  const { failing, findings } = await doctor({ RUNLOG_DB_URL: runlog, KUBESCRIBE_PIPELINES: pipelines });

  expect(findings).toContainEqual({
    level: 'warn',
    what: 'Schedule of b: "0 7 * * *", UTC, set by ada on 2026-02-01T00:00:00.000Z: the source is late; its file says "0 6 * * *", UTC, which changed since',
    mend: 'nothing, when that is meant; `npx kubescribe schedule reset b` goes back to the file',
  });
  expect(findings).toContainEqual({
    level: 'warn',
    what: 'b is paused since 2026-03-01T00:00:00.000Z by eve: a move',
    mend: '`npx kubescribe resume b` when its slots shall run again',
  });
  expect(failing.filter(({ what }) => what.includes('Schedule of b'))).toEqual([]);
});
